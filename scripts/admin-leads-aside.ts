// Leads that no company sees: those for one that takes none any more, and those that look like a program's. They wait for whoever runs the installation.
import { parseArgs } from 'node:util'
import type { Transaction } from '../apps/web/server/db/door'
import { companiesAside, companyAside, discardAside, entriesAside, recordRelease, releaseAside, type AsideCompany, type AsideEntry } from '../apps/web/server/leads/quarantine'
import { AdminError, findPlace, operate } from './admin/operator'

const USAGE = 'Usage: pnpm admin:leads-aside [--company SLUG [--release | --discard] [NUMBER …]] [--data FOLDER]'
const OPTIONS = { company: { type: 'string' }, release: { type: 'boolean' }, discard: { type: 'boolean' }, data: { type: 'string' } } as const

interface Wanted { company?: string, act: 'list' | 'release' | 'discard', ids: number[], data?: string }

function wanted(): Wanted {
  try {
    const { values: { company, release, discard, data }, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
    const ids = positionals.map(Number)
    if (ids.some(id => !Number.isSafeInteger(id) || id < 1)) throw new Error('Name leads by their numbers.')
    if (release && discard) throw new Error('Either --release or --discard.')
    if (company === undefined && (release || discard || ids.length > 0)) throw new Error('Say which company: --company SLUG.')
    // A slip of the keyboard does not throw everything away.
    if (discard && ids.length === 0) throw new Error('Say which ones to discard, by their numbers.')
    return { company, act: release ? 'release' : discard ? 'discard' : 'list', ids, data }
  }
  catch (error) {
    throw new AdminError(`${error instanceof Error ? error.message : String(error)} ${USAGE}`)
  }
}

/** What strangers wrote goes to a terminal: nothing in it may move its cursor. */
const plain = (text: string) => text.replace(/\p{C}+/gu, ' ')
const words = (count: number) => count === 1 ? '1 lead' : `${count} leads`

async function overview(tx: Transaction): Promise<string[]> {
  const all = await companiesAside(tx)
  if (all.length === 0) return ['No lead waits.']
  return all.map(({ slug, name, isDeleted, closed, spam }) =>
    `${slug} (${plain(name)}${isDeleted ? ', deleted' : ''}): ${closed} for a closed form, ${spam} that may be a program's`)
}

async function* all(tx: Transaction, company: AsideCompany, ids: readonly number[]): AsyncGenerator<AsideEntry[]> {
  let after = 0
  for (;;) {
    const entries = await entriesAside(tx, company, ids, after)
    const last = entries.at(-1)
    if (!last) return
    yield entries
    after = last.id
  }
}

async function list(tx: Transaction, company: AsideCompany, ids: readonly number[]): Promise<string[]> {
  const lines: string[] = []
  for await (const entries of all(tx, company, ids)) {
    lines.push(...entries.map(({ id, reason, made_at: made, content: { name, email, message } }) => `${id}  ${made.toISOString()}  ${reason}  ${plain(name)} <${plain(email)}>  ${plain(message).slice(0, 80)}`))
  }
  return lines.length > 0 ? lines : ['No lead of it waits.']
}

/** So many leave the quarantine in one transaction, or some more: their receipts are locked until its end, and tablets that send them again wait. */
const AT_ONCE = 1_000

async function release(tx: Transaction, company: AsideCompany, ids: readonly number[]): Promise<string[]> {
  if (company.deleted_at) throw new AdminError(`${plain(company.name)} is deleted: nobody would see its leads.`)
  const counts = { stored: 0, duplicate: 0, refused: 0 }
  let isCut = false
  for await (const entries of all(tx, company, ids)) {
    // What is refused stays, and must not keep what is behind it from its turn.
    isCut = counts.stored + counts.duplicate >= AT_ONCE
    if (isCut) break
    for (const { status } of await releaseAside(tx, company, entries)) if (status !== 'quarantined') counts[status]++
  }
  if (counts.stored > 0) await recordRelease(tx, company, counts.stored)
  return [
    `${words(counts.stored)} ${counts.stored === 1 ? 'is' : 'are'} with ${plain(company.name)} now.`,
    ...counts.duplicate > 0 ? [`${words(counts.duplicate)} it had already.`] : [],
    ...counts.refused > 0 ? [`${words(counts.refused)} could not be given to it and still wait: another lead has their key.`] : [],
    ...isCut ? ['Run the command again for those that are left.'] : [],
  ]
}

async function discard(tx: Transaction, company: AsideCompany, ids: readonly number[]): Promise<string[]> {
  let gone = 0
  for await (const entries of all(tx, company, ids)) gone += await discardAside(tx, entries)
  return [`${words(gone)} ${gone === 1 ? 'is' : 'are'} gone for good.`]
}

await operate(() => {
  const { company: slug, act: what, ids, data } = wanted()
  return Promise.resolve({
    place: findPlace(data),
    async act(tx) {
      if (slug === undefined) return overview(tx)
      const company = await companyAside(tx, slug)
      if (!company) throw new AdminError(`No company has the short name ${slug}.`)
      return { list, release, discard }[what](tx, company, ids)
    },
  })
})
