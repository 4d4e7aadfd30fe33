// The first person of an installation, or a new owner for a company that lost its own.
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Hash } from '@adonisjs/hash'
import { Scrypt } from '@adonisjs/hash/drivers/scrypt'
import { eq } from 'drizzle-orm'
import { findAccount, isTaken, makeAccount, setPassword, type Account } from '../apps/web/server/account/accounts'
import { OPERATOR, recordInCompany, recordOnAccount } from '../apps/web/server/account/audit'
import { makeResetLink } from '../apps/web/server/account/links'
import { addMember, openCompany, setRole } from '../apps/web/server/account/members'
import { pageLink } from '../apps/web/server/account/page-links'
import { lockCompany, roleOf } from '../apps/web/server/account/roles'
import { credentials } from '../apps/web/server/db/auth'
import type { Transaction } from '../apps/web/server/db/door'
import { newPassword, passwordProblem } from '../apps/web/shared/account/fields'
import { ownerInput } from '../apps/web/shared/account/inputs'
import { companies } from '../apps/web/shared/catalogue/tables'
import { AdminError, findPlace, operate } from './admin/operator'

const USAGE = 'Usage: pnpm admin:create-owner --email E-MAIL --name NAME --company NAME --slug SLUG [--password-stdin] [--data FOLDER]'
const OPTIONS = { 'email': { type: 'string' }, 'name': { type: 'string' }, 'company': { type: 'string' }, 'slug': { type: 'string' }, 'password-stdin': { type: 'boolean' }, 'data': { type: 'string' } } as const

async function wanted() {
  try {
    const { values: { data, 'password-stdin': fromStdin, ...given } } = parseArgs({ options: OPTIONS })
    for (const flag of ['email', 'name', 'company', 'slug'] as const) if (!given[flag]) throw new Error(`--${flag} is missing.`)
    const read = ownerInput.safeParse(given)
    if (!read.success) throw new Error(`--${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}`)
    return { ...read.data, data, password: fromStdin ? await passwordFromStdin(read.data.email) : undefined }
  }
  catch (error) {
    throw new AdminError(`${error instanceof Error ? error.message : String(error)} ${USAGE}`)
  }
}

/** Not from the command line: a process list shows that to every account of the machine, and the shell keeps it. */
async function passwordFromStdin(email: string): Promise<string> {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '')
  const problem = newPassword.safeParse(password).error?.issues[0]?.message ?? passwordProblem(password, email)
  if (problem) throw new Error(`The password: ${problem}`)
  return password
}

async function accountOf(tx: Transaction, email: string, name: string): Promise<Account> {
  const found = await findAccount(tx, email)
  if (found) return found
  if (await isTaken(tx, email)) throw new AdminError(`The account of ${email} is not active.`)
  const made = await makeAccount(tx, { email, name })
  if (!made) throw new AdminError(`The account of ${email} was made meanwhile: run the command again.`)
  await recordOnAccount(tx, made.id, OPERATOR, 'account.signed-up', { invited: false })
  return made
}

/** Out: what was done, in words. */
async function makeOwner(tx: Transaction, account: Account, { company: name, slug }: { company: string, slug: string }): Promise<string> {
  const made = await openCompany(tx, account.id, { name, slug })
  if (made) {
    await recordInCompany(tx, made.id, OPERATOR, 'company.created', { name, slug })
    await recordInCompany(tx, made.id, OPERATOR, 'company.owner-made', { user_id: account.id, name: account.name })
    return `${account.name} owns the new company ${name} (${slug}).`
  }
  const [there] = await tx.select({ id: companies.id, name: companies.name }).from(companies).where(eq(companies.slug, slug))
  if (!there) throw new AdminError(`The company ${slug} was made meanwhile: run the command again.`)
  await lockCompany(tx, there.id)
  const role = await roleOf(tx, there.id, account.id)
  if (role === 'owner') return `${account.name} owns ${there.name} (${slug}) already.`
  await (role ? setRole : addMember)(tx, there.id, account.id, 'owner')
  await recordInCompany(tx, there.id, OPERATOR, 'company.owner-made', { user_id: account.id, name: account.name })
  return `${account.name} is an owner of ${there.name} (${slug}) now, beside those that it had.`
}

await operate(async () => {
  const { email, name, company, slug, password, data } = await wanted()
  const place = findPlace(data)
  return {
    place,
    async act(tx) {
      const account = await accountOf(tx, email, name)
      const done = await makeOwner(tx, account, { company, slug })
      const [known] = await tx.select({ id: credentials.user_id }).from(credentials).where(eq(credentials.user_id, account.id))
      if (known) return [done, password === undefined ? 'The password stays as it is.' : 'There is a password already: it stays as it is.']
      if (password === undefined) return [done, 'The password is set here, once, within an hour:', `  ${pageLink(place.publicUrl(), 'reset', await makeResetLink(tx, account.id))}`]
      await setPassword(tx, account.id, await new Hash(new Scrypt({})).make(password))
      return [done, 'The password is set.']
    },
  }
})
