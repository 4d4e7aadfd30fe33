import { company } from '../../support/people'
import { SimulatedBrowser, type Shown } from '../browser/browser'
import { realNow, realSleep } from '../browser/clock'
import { empty } from '../browser/contents'
import { actOut, sessionsBack, type Scene } from '../story/acts'
import { editOf } from '../story/edits'
import type { Recorded } from '../browser/recorded'
import type { Step, Story } from '../story/story'
import type { Wrong } from './oracle'
import { unsettled, wrongEdits } from './edits'
import type { Seat, World } from './world'

export interface Outcome {
  wrong: (Wrong & { who: string })[]
  ms: number
  /** For what went wrong: what each browser said on its console, and what its rows say. */
  report: string
  /** For what went wrong: all that is needed to tell it again without a server. */
  told?: Told
}

/** A story as it was told. */
export interface Told {
  story: Story
  people: string[]
  companies: string[]
  /** What each browser asked and was answered. */
  records: Recorded[][]
  /** The oracle's question to each browser, and what was to be answered. */
  here: string
  expected: string[]
}

/**
 * After the last fault a browser must be right within so long by its own clock, in which the longest wait is 5 minutes, and
 * by the real one, by which the server works; a machine that is busy with something else gets the last.
 */
const OWN_MS = 15 * 60_000
const REAL_MS = 8_000
const LONGEST_MS = 90_000
const SETTLE_MS = 4_000
const LOOK_EVERY_MS = 5
/** To look costs a statement over all rows on both sides: it is done less and less often. */
const LOOK_LATER = 1.5
const LOOK_AT_LEAST_MS = 100

/** Tells a story from its beginning to its end, and says what is wrong then. */
export async function tell(world: World, seat: Seat, story: Story): Promise<Outcome> {
  const began = realNow()
  const { sql } = world.stack
  const { players } = seat
  await Promise.all(seat.databases.map(empty))
  await sessionsBack(sql, players)
  const companies: string[] = []
  for (const [at, folders] of story.folders.entries()) {
    const members = players.flatMap((who, n) => {
      const role = story.roles[n]?.[at]
      return role ? [[who, role] as [typeof who, typeof role]] : []
    })
    companies.push((await company(sql, members, { workspaces: 2, folders })).id)
  }
  const browsers = players.map((user, n) => new SimulatedBrowser({
    database: seat.databases[n] as Seat['databases'][number], user, origins: world.stack.replicas.origins, clocks: world.clocks,
    shown: shownOf(companies),
    strangersCookie: players[(n + 1) % players.length]?.cookie ?? '',
  }))
  const wrong: Outcome['wrong'] = []
  const blame = (n: number, found: readonly Wrong[]) => wrong.push(...found.map(one => ({ ...one, who: `person ${n}` })))
  const toldOf = async (): Promise<Told> => ({
    story, people: players.map(({ id }) => id), companies, records: browsers.map(({ record }) => record),
    here: world.oracle.here, expected: await Promise.all(browsers.map(browser => world.oracle.expected(browser))),
  })
  try {
    for (const browser of browsers) browser.start()
    const kept = new Map<SimulatedBrowser, number>()
    for (const step of story.steps) {
      if (step.do === 'equal') blame(step.browser % browsers.length, await untilRight(world, browserOf(browsers, step)))
      else if (step.do === 'keep') kept.set(browserOf(browsers, step), browserOf(browsers, step).record.length)
      else if (step.do === 'edit') await editIn(browserOf(browsers, step), step, companies)
      else await take(browsers, step, { act: () => actAt(world, { sql, people: players, companies }, browsers, step) })
    }
    for (const [n, browser] of browsers.entries()) blame(n, await world.oracle.neverTheirs(browser, everIn(story, n, companies)))
    await sessionsBack(sql, players)
    for (const browser of browsers) {
      browser.leader?.network.calm()
      await browser.revive()
    }
    await Promise.all(browsers.map(async (browser, n) => blame(n, await untilRight(world, browser))))
    for (const [n, browser] of browsers.entries()) blame(n, await wrongEdits(sql, [...browser.journal.gone, ...browser.journal.entries]))
    for (const [browser, from] of kept) blame(browsers.indexOf(browser), askedAnew(browser, from))
    const ms = realNow() - began
    if (wrong.length > 0) return { wrong, ms, report: await reportOf(browsers), told: await toldOf() }
    for (const browser of browsers) await browser.close()
    return { wrong, ms, report: '' }
  }
  catch (error) {
    wrong.push({ kind: 'state', who: 'the story', text: error instanceof Error ? error.stack ?? error.message : String(error) })
    return { wrong, ms: realNow() - began, report: await reportOf(browsers), told: await toldOf() }
  }
  finally {
    for (const browser of browsers) await browser.kill()
    await sql.query('delete from company_members where company_id = any($1::uuid[])', [companies])
  }
}

/** What a browser asked for from its beginning although it had it: it lost that in between. */
const askedAnew = ({ record }: SimulatedBrowser, from: number): Wrong[] =>
  record.slice(from).filter(({ asked }) => /[?&]offset=-1(?:&|$)/.test(asked)).map(({ asked }) => ({ kind: 'lost', text: `asked for anew: ${asked}` }))

function browserOf(browsers: readonly SimulatedBrowser[], { browser }: { browser: number }): SimulatedBrowser {
  const found = browsers[browser % browsers.length]
  if (!found) throw new Error('a story needs browsers')
  return found
}

/** The companies in which a person was at any time of the story. */
function everIn({ roles, steps }: Story, person: number, companies: readonly string[]): Set<string> {
  return new Set(companies.filter((_, at) => roles[person]?.[at] || steps.some(step => step.do === 'act' && step.act === 'rejoin'
    && step.which % roles.length === person && step.company % companies.length === at)))
}

/** A person edits what they see. */
async function editIn(browser: SimulatedBrowser, { edit, company, which, other, text }: Step & { do: 'edit' }, companies: readonly string[]): Promise<void> {
  const id = companies[company % companies.length] ?? ''
  const made = await editOf(browser.database, { edit, company: id, which, other, text, journal: browser.journal.entries, at: browser.leader?.clock.date ?? Date.now() })
  if (made) await browser.journal.edit(made)
}

/** What is on the screens of a story. */
export const shownOf = (companies: readonly string[]): Shown[] =>
  [['companies', []], ...companies.flatMap((id): Shown[] => [['workspaces', [id]], ['members', [id]]])]

/** What happens at the server. */
async function actAt(world: World, scene: Scene, browsers: readonly SimulatedBrowser[], step: Step): Promise<void> {
  if (step.do === 'act') return actOut(scene, step.act, step)
  if (step.do === 'settle') return settle(world, browsers)
  if (step.do !== 'rotate') return
  const handles = [...browsers[step.browser % browsers.length]?.leader?.network.handles.values() ?? []]
  const handle = handles[step.which % Math.max(1, handles.length)]
  if (handle !== undefined) await world.rotate(handle)
}

async function settle({ oracle }: World, browsers: readonly SimulatedBrowser[]): Promise<void> {
  const end = realNow() + SETTLE_MS
  await Promise.all(browsers.map(async (browser) => {
    while (realNow() < end && browser.leader && !browser.closedFor && !browser.leader.clock.isStopped && !browser.leader.network.isOff) {
      if (!browser.leader.clock.isBusy && await oracle.isEqual(browser)) return
      await realSleep(LOOK_EVERY_MS * 2)
    }
  }))
}

/** Takes one step. @param act does what happens at the server @param faults whether the road's faults happen, and not only what they did before */
export async function take(browsers: readonly SimulatedBrowser[], step: Step, { act, faults = true }: { act: () => Promise<void>, faults?: boolean }): Promise<void> {
  if (step.do === 'act' || step.do === 'rotate' || step.do === 'settle') return act()
  // They ask something of the oracle, and do nothing.
  if (step.do === 'equal' || step.do === 'keep' || step.do === 'edit') return
  if (step.do === 'wait') return realSleep(step.ms)
  const browser = browsers[step.browser % browsers.length]
  if (!browser) return
  const { leader } = browser
  switch (step.do) {
    case 'fault': {
      if (faults) leader?.network.meet(Array.from({ length: step.times }, () => step.fault))
      if (step.breaks) leader?.network.cutOff()
      return
    }
    case 'offline': case 'online': {
      if (!leader) return
      leader.network.turn(step.do === 'offline')
      return leader.clock.run(() => leader.sync?.wake())
    }
    case 'wake': return leader?.clock.run(() => leader.sync?.wake())
    case 'retry': return leader?.clock.run(() => leader.sync?.retry())
    case 'cut-off': return leader?.network.cutOff()
    case 'mute': return leader?.network.mute()
    case 'close': {
      await browser.close()
      return browser.start()
    }
    case 'kill': {
      await browser.kill()
      return browser.start()
    }
    case 'kill-at': return browser.killAt(step.count, step.moment, step.says)
    case 'revive': return browser.revive()
    case 'flush': return browser.flush()
    case 'power-cut': {
      await browser.cutPower()
      return browser.start()
    }
    case 'clock': return leader?.clock.set(step.ms)
    case 'sleep': return leader?.clock.sleep(step.ms)
  }
}

/** Waits until a browser is right in all. Out: what is not, when the time is over. */
async function untilRight({ oracle }: World, browser: SimulatedBrowser): Promise<Wrong[]> {
  const began = realNow()
  let [leaders, ownBegan] = [browser.leaders, browser.leader?.clock.now ?? 0]
  for (let pause = LOOK_EVERY_MS; ; pause = Math.min(LOOK_AT_LEAST_MS, pause * LOOK_LATER)) {
    await realSleep(pause)
    if (browser.leader?.clock.isBusy && realNow() - began < LONGEST_MS) {
      pause = LOOK_EVERY_MS
      continue
    }
    // A kill that waited for a statement, or a stranger's session that was heard late.
    if (browser.closedFor || browser.leader?.clock.isStopped) await browser.revive()
    const open = unsettled(browser.journal.entries)
    const inner = open.length === 0 && await oracle.isEqual(browser) ? await oracle.inner(browser) : undefined
    if (inner?.length === 0) inner.push(...(await browser.stale()).map((text): Wrong => ({ kind: 'state', text })))
    if (inner?.length === 0) return []
    if (browser.leaders !== leaders) [leaders, ownBegan] = [browser.leaders, 0]
    const [own, real] = [(browser.leader?.clock.now ?? 0) - ownBegan, realNow() - began]
    if ((own > OWN_MS && real > REAL_MS) || real > LONGEST_MS) return inner ?? [...open, ...await oracle.differences(browser)]
  }
}

async function reportOf(browsers: readonly SimulatedBrowser[]): Promise<string> {
  const lines: string[] = []
  for (const [n, browser] of browsers.entries()) {
    lines.push(`== person ${n}, ${browser.userId}, ${browser.leaders} leaders`, ...browser.said.slice(-30))
    for (const table of ['sync_status', 'electric.shape_cursors']) {
      const { rows } = await browser.database.query<object>(`select * from ${table} order by 1, 2`).catch(() => ({ rows: [] as object[] }))
      lines.push(...rows.map(row => JSON.stringify(row)))
    }
    lines.push(...browser.journal.entries.map(entry => JSON.stringify(entry)))
    for (const { at, asked, body, fault, head, pieces, end } of browser.record) {
      const answer = pieces.map(([, text]) => text).join('')
      lines.push(`${at.toFixed(0)} ${asked}${body ? ` ${body.slice(0, 1500)}` : ''}${fault ? ` !${JSON.stringify(fault)}` : ''} -> ${head?.status ?? 'nothing'} ${answer.slice(0, 3000)}${end ? ` (${end.how})` : ''}`)
    }
  }
  return lines.join('\n')
}
