import { sql } from 'drizzle-orm'
import * as definitions from '../../shared/mutations/group'
import { Refusal } from '../http/refusal'
import { companyEffect, type CompanyContext } from './effect'
import { changeText, list, requireMade, touch, touchGone } from './rows'

const create = companyEffect(definitions.groupCreate, async ({ tx, company }, { id, name, description = '' }) =>
  requireMade(await touch(tx, 'user_groups', sql`
    insert into user_groups (id, company_id, name, description) values (${id}, ${company}, ${name}, ${description})
    on conflict do nothing returning id, row_version`)))

const rename = companyEffect(definitions.groupRename, (context, { id, name }) => changeText(context, 'user_groups', id, 'name', name))

const describe = companyEffect(definitions.groupDescribe, (context, { id, description }) => changeText(context, 'user_groups', id, 'description', description))

const remove = companyEffect(definitions.groupDelete, async ({ tx, company }, { id }) => {
  const gone = await touchGone(tx, 'user_groups', sql`delete from user_groups where company_id = ${company} and id = ${id} returning id, row_version`)
  if (gone.length === 0) throw new Refusal('not_found')
  return gone
})

/** Held until the end: nobody deletes it meanwhile. */
async function requireGroup({ tx, company }: CompanyContext, id: string): Promise<void> {
  const { rows } = await tx.execute(sql`select 1 from user_groups where company_id = ${company} and id = ${id} for key share`)
  if (rows.length === 0) throw new Refusal('not_found', { fields: { group_id: 'There is no such group in this company.' } })
}

const addPeople = companyEffect(definitions.groupAddPeople, async (context, { group_id: group, people }) => {
  const { tx, company } = context
  await requireGroup(context, group)
  const wanted = new Map(people.map(({ id, user_id: user }) => [user, id]))
  // In one order, whoever asks: two that add the same people the other way round would wait for each other.
  const users = [...wanted.keys()].toSorted()
  const { rows: members } = await tx.execute<{ user_id: string }>(sql`
    select user_id from company_members where company_id = ${company} and user_id = any(${list(users)}) order by user_id for key share`)
  if (members.length < users.length) throw new Refusal('not_found', { fields: { people: 'Not all of them are in this company.' } })
  const added = await touch(tx, 'user_group_members', sql`
    insert into user_group_members (id, company_id, group_id, user_id)
    select place.id, ${company}::uuid, ${group}::uuid, place.user_id
    from unnest(${list(users.map(user => wanted.get(user) ?? user))}, ${list(users)}) as place(id, user_id)
    on conflict do nothing returning id, row_version`)
  const { rows: there } = await tx.execute(sql`
    select 1 from user_group_members where company_id = ${company} and group_id = ${group} and user_id = any(${list(users)})`)
  // Who was in it already stays so; who still is not had a key that another row has.
  if (there.length < users.length) throw new Refusal('invalid_input', { fields: { people: 'A key among them is taken.' } })
  return added
})

/** Who is not in it stays so. */
const removePeople = companyEffect(definitions.groupRemovePeople, async (context, { group_id: group, user_ids: users }) => {
  await requireGroup(context, group)
  return touchGone(context.tx, 'user_group_members', sql`
    delete from user_group_members where company_id = ${context.company} and group_id = ${group} and user_id = any(${list(users)}) returning id, row_version`)
})

export const groupEffects = [create, rename, describe, remove, addPeople, removePeople]
