import { Browser } from '../support/browser'
import { localSql, signIn } from '../support/page'
import { company, person } from '../support/people'
import type { Stack } from '../support/stack'
import { median } from './figure'
import { memoryOf } from './memory'

export interface HeldMemoryOptions {
  companies: number
  /** Of all companies together. */
  folders: number
  tabs: number
  /** How long it is watched after everything is there. */
  seconds: number
  /** Changes a second, spread over the companies. */
  changes: number
  say: (line: string) => void
}

/** Mebibytes of the largest renderer: in the first watched while, the highest after that, and at the end. */
export interface HeldMemory { settled: number, highest: number, last: number, changes: number }

/** What a browser has to settle in: the share of the time that counts as its beginning, at most two minutes. */
const SETTLING = 0.25
const LONGEST_SETTLING_S = 120
const LOOK_EVERY_MS = 5_000
const WORKSPACES = 4

/** Memory of a browser with many companies in several tabs, while its folders change all the time. @throws where the copy never gets whole */
export async function heldMemory(stack: Stack, { companies, folders, tabs, seconds, changes, say }: HeldMemoryOptions): Promise<HeldMemory> {
  const { sql } = stack
  const who = await person(sql, 'Mem')
  const made = []
  for (let n = 0; n < companies; n++) made.push(await company(sql, [[who, 'member']], { workspaces: WORKSPACES, folders: Math.ceil(folders / companies) }))
  const { rows } = await sql.query<{ id: string }>('select id from folders where company_id = any ($1) order by md5(id::text) limit 5000', [made.map(({ id }) => id)])
  const browser = await Browser.open(undefined, { asPersonsHave: true })
  try {
    const [first = await browser.context.newPage()] = browser.context.pages()
    await sql.query('delete from auth.attempts')
    await signIn(first, stack.origin, who)
    for (let n = 1; n < tabs; n++) await (await browser.context.newPage()).goto(`${stack.origin}/c/${made[n % companies]?.id}/w/${made[n % companies]?.workspaces[0]}`)
    await whole(first, folders, say)

    const began = performance.now()
    const passed = () => (performance.now() - began) / 1000
    let done = 0
    const looks: { at: number, mebibytes: number }[] = []
    let due = began
    while (passed() < seconds) {
      while (done < passed() * changes) {
        const { id } = rows[done % rows.length] ?? {}
        await sql.query('update folders set description = $2 where id = $1', [id, `changed for the ${done}th time: ${'words '.repeat(20)}`])
        done++
      }
      if (performance.now() >= due) {
        due += LOOK_EVERY_MS
        looks.push({ at: passed(), mebibytes: memoryOf(browser.profile).after })
        if (looks.length % 12 === 1) say(`${Math.round(passed())} s: ${Math.round(looks.at(-1)?.mebibytes ?? 0)} MiB`)
      }
      await new Promise(resolve => setTimeout(resolve, 1000 / changes))
    }
    const settling = Math.min(LONGEST_SETTLING_S, seconds * SETTLING)
    const later = looks.filter(({ at }) => at > settling * 1.5).map(({ mebibytes }) => mebibytes)
    return {
      settled: median(looks.filter(({ at }) => at > settling && at <= settling * 1.5).map(({ mebibytes }) => mebibytes)),
      highest: Math.max(...later), last: later.at(-1) ?? Number.NaN, changes: done,
    }
  }
  finally {
    await browser.close()
  }
}

/** Resolves when every folder is here and search has taken all of them up. */
async function whole(page: Parameters<typeof localSql>[0], folders: number, say: (line: string) => void): Promise<void> {
  const end = Date.now() + 15 * 60_000
  let told = 0
  for (;;) {
    const [row] = await localSql<{ rows: number, waits: number }>(page, `select (select count(*)::int from folders) as rows,
      (select count(*)::int from sync_status where state <> 'live') + (select count(*)::int from search_fills where not done) as waits`, [], 30_000).catch(() => [])
    if (row && row.rows >= folders && row.waits === 0) return
    if (Date.now() > end) throw new Error(`The copy did not get whole: ${JSON.stringify(row)}`)
    if (Date.now() - told > 20_000) {
      told = Date.now()
      say(`${row?.rows ?? 0} of ${folders} folders are here`)
    }
    await new Promise(resolve => setTimeout(resolve, 1_000))
  }
}
