import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditPage } from '../../shared/account/answers'
import type { AuditAct, AuditSubjects } from '../../shared/account/audit'
import { nobody, post, said, someEmail, tokenIn } from './support/account'
import { App } from './support/app'
import { Browser } from './support/browser'
import { Mailbox } from './support/mailbox'
import { admin, join, makeCompany, makePerson, PASSWORD, type Person } from './support/people'
import { until } from '../support/wait'

/** A company of Olga's, in which Mia is a member. */
interface Stage { olga: Person, mia: Person, hers: Browser, mias: Browser, company: string, path: string }

interface Done<Act extends AuditAct> {
  subject: AuditSubjects[Act]
  actor: { id: string | null, name: string }
  /** Whose account it was done on: such an act has a row of its own too, which belongs to no company. */
  account?: string
  /** Where it is not the stage's. */
  company?: string
}

/** What other files ask of the audit, each beside its own act. */
type AskedElsewhere = 'company.owner-made' | 'import.began' | 'import.ended' | 'lead.erased' | 'leads.released' | 'member.role-changed'

const PUBLIC = 'https://workspace.example.com'
const NEW = 'another password that people have'
const SOMEONE = { id: null, name: 'someone who is not signed in' }
let sql: pg.Pool
/** With mail, and without. */
let app: App
let silent: App
let mailbox: Mailbox

beforeAll(async () => {
  sql = admin()
  mailbox = await Mailbox.start()
  const env = { TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: PUBLIC, SIGN_UP: 'on' }
  app = await App.start({ ...env, MAIL_URL: mailbox.url, MAIL_FROM: 'app@example.com' })
  silent = await App.start(env)
})
afterAll(async () => {
  await app.stop()
  await silent.stop()
  await mailbox.stop()
  await sql.end()
})

async function stage(): Promise<Stage> {
  const [olga, mia] = [await makePerson(sql, 'Olga'), await makePerson(sql, 'Mia')]
  const company = await makeCompany(sql, olga)
  await join(sql, company, mia, 'member')
  return { olga, mia, hers: await Browser.signedIn(app, olga), mias: await Browser.signedIn(app, mia), company, path: `/api/companies/${company}` }
}

const by = ({ id, name }: Person) => ({ id, name })
async function well(answer: ReturnType<typeof post>) {
  const got = await answer
  expect(got.status, got.text).toBe(200)
  return got
}
const invite = async ({ hers, path }: Stage, body: object) => {
  const answer = await well(post(hers, `${path}/invites`, body))
  return { id: said(answer, 'id'), token: tokenIn(said(answer, 'link')) }
}
const resetLink = async ({ mia }: Stage) => {
  await well(post(nobody(app), '/api/auth/reset-request', { email: mia.email }))
  return tokenIn(await mailbox.linkTo(mia.email))
}
const askForEmail = async ({ mias }: Stage) => {
  const email = someEmail('moved')
  await well(post(mias, '/api/account/email', { email, password: PASSWORD }))
  return email
}

/** Signs somebody up by an invite. */
async function signUp(at: Stage, server: App): Promise<Done<'account.signed-up'>> {
  const email = someEmail('new')
  const { token } = await invite(at, { role: 'guest' })
  await well(post(nobody(server), '/api/auth/sign-up', { name: 'Nora', email, password: NEW, invite: token }))
  if (server === app) await well(post(nobody(app), '/api/auth/confirm-email', { token: tokenIn(await mailbox.linkTo(email)) }))
  const { rows: [made] } = await sql.query<{ id: string }>('select id from users where email = $1', [email])
  return { subject: { invited: true }, actor: { id: made?.id ?? '', name: 'Nora' }, account: made?.id }
}

// Every act, done over HTTP as a page does it, and what is to be read of it; more than one way where each has a record of its own.
const ACTS: { [Act in Exclude<AuditAct, AskedElsewhere>]: Record<string, (at: Stage) => Promise<Done<Act>>> } = {
  'account.signed-up': {
    'at once': at => signUp(at, silent),
    'by the link of a letter': at => signUp(at, app),
  },
  'account.password-changed': {
    'by its person': async ({ mias, mia }) => {
      await well(post(mias, '/api/account/password', { current: PASSWORD, password: NEW }))
      return { subject: {}, actor: by(mia), account: mia.id }
    },
  },
  'account.reset-link-made': {
    'for whoever asks': async (at) => {
      await resetLink(at)
      return { subject: { user_id: at.mia.id, name: 'Mia' }, actor: SOMEONE, account: at.mia.id }
    },
  },
  'account.password-reset': {
    'by its link': async (at) => {
      await well(post(nobody(app), '/api/auth/reset', { token: await resetLink(at), password: NEW }))
      return { subject: {}, actor: by(at.mia), account: at.mia.id }
    },
  },
  'account.email-change-asked': {
    'by its person': async (at) => {
      await askForEmail(at)
      return { subject: {}, actor: by(at.mia), account: at.mia.id }
    },
  },
  'account.email-changed': {
    'by its link': async (at) => {
      const to = await askForEmail(at)
      await well(post(at.mias, '/api/auth/confirm-email', { token: tokenIn(await mailbox.linkTo(to)) }))
      return { subject: { from: at.mia.email, to }, actor: by(at.mia), account: at.mia.id }
    },
  },
  'account.sessions-ended': {
    'all others': async ({ mias, mia }) => {
      for (let n = 0; n < 2; n++) await Browser.signedIn(app, mia)
      await well(post(mias, '/api/account/sessions/end', { others: true }))
      return { subject: { count: 2 }, actor: by(mia), account: mia.id }
    },
  },
  'company.created': {
    'by a person': async ({ hers, olga }) => {
      const [id, slug] = [randomUUID(), `own-${randomUUID()}`]
      await well(post(hers, '/api/companies', { id, name: 'Her Own', slug }))
      return { subject: { name: 'Her Own', slug }, actor: by(olga), company: id }
    },
  },
  'company.transferred': {
    'to a member': async ({ hers, mias, olga, mia, path }) => {
      await well(post(hers, `${path}/transfer`, { user_id: mia.id, password: PASSWORD }))
      // Who reads it in the end is an owner.
      await well(post(mias, `${path}/transfer`, { user_id: olga.id, password: PASSWORD }))
      return { subject: { from: mia.id, from_name: 'Mia', to: olga.id, to_name: 'Olga' }, actor: by(mia) }
    },
  },
  'invite.made': {
    'for an address': async (at) => {
      const email = someEmail()
      const { id } = await invite(at, { role: 'admin', email })
      return { subject: { invite_id: id, role: 'admin', email }, actor: by(at.olga) }
    },
  },
  'invite.revoked': {
    'by an owner': async (at) => {
      const { id } = await invite(at, { role: 'guest' })
      await well(post(at.hers, `${at.path}/invites/revoke`, { id }))
      return { subject: { invite_id: id, role: 'guest', email: null }, actor: by(at.olga) }
    },
  },
  'invite.accepted': {
    'by a person': async (at) => {
      const { id, token } = await invite(at, { role: 'guest' })
      const nora = await makePerson(sql, 'Nora')
      await well(post(await Browser.signedIn(app, nora), '/api/invites/accept', { token }))
      return { subject: { invite_id: id, role: 'guest', email: null }, actor: by(nora) }
    },
  },
  'member.left': {
    'by themselves': async ({ mias, mia, path }) => {
      await well(post(mias, `${path}/leave`, {}))
      return { subject: { user_id: mia.id, name: 'Mia', role: 'member' }, actor: by(mia) }
    },
  },
  'member.removed': {
    'by an owner': async ({ hers, olga, mia, path }) => {
      await well(post(hers, `${path}/remove-member`, { user_id: mia.id }))
      return { subject: { user_id: mia.id, name: 'Mia', role: 'member' }, actor: by(olga) }
    },
  },
}

const cells = Object.entries(ACTS).flatMap(([act, ways]) => Object.entries(ways).map(([way, scene]) => ({ act, way, scene: scene as (at: Stage) => Promise<Done<AuditAct>> })))

test.each(cells)('$act, $way, is in what the owners read, and on the account where it is about one', async ({ act, scene }) => {
  const at = await stage()
  const { subject, actor, account, company = at.company } = await scene(at)
  // What is done after the answer, so that its time tells nothing, may still be under way.
  const newest = await until(`${act} is in the audit`, async () => {
    const { events } = (await at.hers.ask(`/api/companies/${company}/audit`)).json as AuditPage
    return events.find(event => event.act === act)
  })
  expect(newest).toMatchObject({ actor, subject })
  const { rows } = await sql.query(`
    select jsonb_build_object('id', actor_id, 'name', actor_name) as actor, subject from auth.audit
    where company_id is null and act = $1 and (actor_id = $2 or subject->>'user_id' = $2::text)`, [act, account ?? actor.id])
  expect(rows).toEqual(account ? [{ actor, subject }] : [])
})
