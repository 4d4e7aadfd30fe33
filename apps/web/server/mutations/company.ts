import { sql } from 'drizzle-orm'
import type { Role } from '../../shared/catalogue/roles'
import { companySettings, memberChangeRole } from '../../shared/mutations/company'
import { recordInCompany } from '../account/audit'
import { Refusal } from '../http/refusal'
import { companyEffect } from './effect'
import { merged, requireFits } from './json'
import { touch } from './rows'

/** Only an owner changes an owner; the last one stays. Owners read of it in the audit. Throws `not_found`, `role_changed` or `last_owner`. */
const changeRole = companyEffect(memberChangeRole, async ({ tx, userId: me, company, role: mine }, { user_id: userId, role }) => {
  const { rows: [member] } = await tx.execute<{ role: Role, name: string, by: string }>(sql`
    select role, name, (select name from users where id = ${me}) as by
    from company_members where company_id = ${company} and user_id = ${userId} for no key update`)
  if (!member) throw new Refusal('not_found', { fields: { user_id: 'There is no such person in this company.' } })
  if (member.role === 'owner') {
    if (mine !== 'owner') throw new Refusal('role_changed', { company })
    const { rows: [heir] } = await tx.execute<{ user_id: string }>(sql`
      select user_id from company_members where company_id = ${company} and role = 'owner' and user_id <> ${userId} order by created_at limit 1`)
    if (!heir) throw new Refusal('last_owner', { company })
    await tx.execute(sql`update companies set owner_id = ${heir.user_id} where id = ${company} and owner_id = ${userId}`)
  }
  // Asked for what is so already: nothing happened that an owner would read.
  if (member.role !== role) await recordInCompany(tx, company, { id: me, name: member.by }, 'member.role-changed', { user_id: userId, name: member.name, from: member.role, to: role })
  return touch(tx, 'company_members', sql`
    update company_members set role = ${role} where company_id = ${company} and user_id = ${userId} returning id, row_version`)
}, { serial: true })

const settings = companyEffect(companySettings, async ({ tx, company }, { name, settings: change = {} }) => {
  const touched = await touch(tx, 'companies', sql`
    update companies set name = coalesce(${name ?? null}, name), settings = ${merged(sql`settings`, change)}
    where id = ${company} returning id, row_version`)
  await requireFits(tx, sql`settings`, sql`from companies where id = ${company}`, 'settings')
  return touched
}, { serial: true })

export const companyEffects = [changeRole, settings]
