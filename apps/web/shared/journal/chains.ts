import { touchesOf } from '../mutations/reading'
import type { JournalEntry } from './entry'

/** An edit that may be sent, and the ones that go before it in the same request or have been decided by then. */
export interface Ready {
  readonly entry: JournalEntry
  readonly after: readonly string[]
}

export interface Chains {
  /** What may be sent now, in order. */
  readonly ready: readonly Ready[]
  /** What waits for an edit that was decided against, by its own key: the key of that one. */
  readonly held: ReadonlyMap<string, string>
}

/** What was last done to a row (or to a company's trees), and who needs it to be so since. */
interface Trace { last?: string, needs: string[] }

/**
 * Which edits may be sent. Those that have nothing to do with each other go in any order; those that have keep theirs. An
 * edit that was decided against holds back what hangs on it (what names a row that it would have made, a later change of
 * the same kind to the same row) and nothing else; what is held holds back in turn. What hangs on an edit that waits is
 * sent when that is decided, so that it never meets a server that refused it.
 * @param entries in their order
 * @param limit looks no further once so many may be sent
 */
export function chainsOf(entries: readonly JournalEntry[], limit = Number.POSITIVE_INFINITY): Chains {
  const traces = new Map<string, Trace>()
  /** Who made a row, and who last changed it in this way: what a later one hangs on. */
  const bonds = new Map<string, string>()
  const blocked = new Map<string, string>()
  /** Companies in which a move waits, and those in which one was decided against. */
  const moving = new Set<string>()
  const unmoved = new Map<string, string>()
  const ready = new Map<string, Ready>()
  const held = new Map<string, string>()

  const traceOf = (key: string) => {
    const trace = traces.get(key) ?? { needs: [] }
    traces.set(key, trace)
    return trace
  }

  for (const entry of entries) {
    const isWaiting = entry.state === 'waiting'
    if (!isWaiting && entry.state !== 'conflict' && entry.state !== 'refused') continue
    if (ready.size >= limit) break
    const { id, name, company = '' } = entry.mutation
    const touches = touchesOf(entry.mutation)
    const keys = (link: 'makes' | 'changes' | 'needs') => (touches[link] ?? []).map(key => `${company} ${key}`)
    const [makes, changes, needs] = [keys('makes'), keys('changes'), keys('needs')]
    const ofKind = changes.map(key => `${key} ${name}`)
    const bonding = [...makes, ...ofKind]
    const hangsOn = [...makes, ...changes, ...needs, ...ofKind]
    const by = hangsOn.map(key => blocked.get(key)).find(key => key !== undefined) ?? (touches.clears && unmoved.get(company))
    if (!isWaiting || by !== undefined) {
      for (const key of bonding) blocked.set(key, isWaiting && by !== undefined ? by : id)
      if (isWaiting && by !== undefined) held.set(id, by)
      if (touches.moves) unmoved.set(company, isWaiting && by !== undefined ? by : id)
      continue
    }
    const isBound = hangsOn.some(key => bonds.has(key)) || (touches.clears === true && moving.has(company))
    if (touches.moves) moving.add(company)
    const after = new Set<string>()
    const change = (trace: Trace) => {
      if (trace.last !== undefined) after.add(trace.last)
      for (const other of trace.needs) after.add(other)
      trace.last = id
      trace.needs = []
    }
    const need = (trace: Trace) => {
      if (trace.last !== undefined) after.add(trace.last)
      trace.needs.push(id)
    }
    for (const key of [...makes, ...changes]) change(traceOf(key))
    for (const key of needs) need(traceOf(key))
    if (touches.tree === 'alone') change(traceOf(`${company} tree`))
    if (touches.tree === 'share') need(traceOf(`${company} tree`))
    for (const key of bonding) bonds.set(key, id)
    // One that moves a folder into itself needs what it changes.
    after.delete(id)
    if (!isBound && [...after].every(other => ready.has(other))) ready.set(id, { entry, after: [...after] })
  }
  return { ready: [...ready.values()], held }
}
