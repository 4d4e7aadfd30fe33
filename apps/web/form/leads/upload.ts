import { answerBody, readAnswer } from '#shared/protocol/answers'
import { LEAD_BATCH, LEADS_PATH, type LeadResult, type LeadsAnswer } from '#shared/protocol/leads'
import type { SentLead } from '#shared/leads/lead'
import type { LeadAnswer, LeadEntry } from './entry'
import type { LeadQueue } from './queue'

/** Of a request's body; the server takes 256 KiB. */
const BATCH_CHARS = 60_000
const LIMIT_MS = 60_000
/** The server is asked again after this at the latest, whatever it, or a clock, says. */
const LONGEST_MS = 600_000
/** Of a lead that was begun before its clock was set back: nobody knows how long it took, and it was no program. */
export const UNKNOWN_FILLED_MS = 60_000

/** How many leads ended how in one round. */
export interface Uploaded {
  stored: number
  duplicate: number
  quarantined: number
  refused: number
  /** Whether the round broke off: what is left is tried again, not before so many ms. */
  again?: { after: number }
}

export interface UploadOptions {
  /** Where the server is, for who has no page of it: `https://…`. */
  readonly origin?: string
  readonly fetch?: typeof fetch
  readonly now?: () => number
  readonly signal?: AbortSignal
}

/**
 * Sends what waits, in batches, until nothing does or the server cannot be reached. What the server has is off the device when
 * it resolves; what it refused is kept with its reason. Asking again is safe: a lead is known by its id. Never two at a time
 * for a tenant, whoever asks; one that comes second does nothing.
 */
export async function uploadLeads(queue: LeadQueue, tenantId: string, options: UploadOptions = {}): Promise<Uploaded> {
  const counts: Uploaded = { stored: 0, duplicate: 0, quarantined: 0, refused: 0 }
  await (queue.alone?.bind(queue) ?? inOneTab(tenantId))(async () => {
    const tried = new Set<string>()
    const gone = new Map<string, number>()
    try {
      for (;;) {
        const batch = batchOf((await queue.all()).filter(({ state, id, version }) => state === 'pending' && !tried.has(`${id} ${version}`)))
        if (batch.length === 0) break
        const sent = await send(tenantId, batch, options)
        const after = sent.kind === 'failed' ? sent.after : await settle(queue, batch, sent.results, counts, gone)
        if (after !== undefined) {
          counts.again = { after: Math.min(after, LONGEST_MS) }
          break
        }
        for (const { id, version } of batch) tried.add(`${id} ${version}`)
      }
    }
    finally {
      // Once a round: each makes what holds them anew. A kill before it costs a repetition, which the server knows for one.
      await queue.erase(gone)
    }
  })
  return counts
}

/** What the server has; what it says of a lead beside these is a later version's, and no reason to let it go. */
const WITH_SERVER: readonly string[] = ['stored', 'duplicate', 'quarantined'] satisfies LeadResult['status'][]

/** Out: in how many ms to ask again, where an answer is none that this form understands. */
async function settle(queue: Pick<LeadQueue, 'refuse'>, batch: readonly LeadEntry[], results: readonly LeadResult[], counts: Uploaded, gone: Map<string, number>): Promise<number | undefined> {
  const refused = new Map<string, { version: number, answer: LeadAnswer }>()
  let again: number | undefined
  for (const [place, { id, version }] of batch.entries()) {
    const result = results[place]
    if (result?.id === id && WITH_SERVER.includes(result.status)) gone.set(id, version)
    else if (result?.status === 'refused' && typeof result.code === 'string') refused.set(id, { version, answer: { ...result, message: String(result.message), next: String(result.next) } })
    else {
      again = LONGEST_MS
      continue
    }
    counts[result.status]++
  }
  await queue.refuse(refused)
  return again
}

function batchOf(waiting: readonly LeadEntry[]): LeadEntry[] {
  const batch: LeadEntry[] = []
  let chars = 0
  for (const entry of waiting) {
    // As it travels: a character that JSON escapes takes six.
    chars += JSON.stringify(entry).length
    if (batch.length === LEAD_BATCH || (batch.length > 0 && chars > BATCH_CHARS)) break
    batch.push(entry)
  }
  return batch
}

type Sent = { kind: 'answered', results: readonly LeadResult[] } | { kind: 'failed', after: number }

async function send(tenantId: string, batch: readonly LeadEntry[], { origin = '', fetch: ask = fetch, now = Date.now, signal }: UploadOptions): Promise<Sent> {
  const limit = AbortSignal.timeout(LIMIT_MS)
  try {
    const response = await ask(origin + LEADS_PATH, {
      method: 'POST',
      // A browser says itself where a request is from.
      headers: { 'content-type': 'application/json', ...origin && { origin } },
      body: JSON.stringify({ company: tenantId, leads: batch.map(entry => sentOf(entry, now())) }),
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    })
    const body = parsed(await response.text())
    const results = (body as Partial<LeadsAnswer> | undefined)?.results
    if (response.ok && Array.isArray(results) && results.length === batch.length) return { kind: 'answered', results }
    // Sent by itself it is too long for ever, and those behind it would never go.
    if (readAnswer(body)?.code === 'too_large' && batch.length === 1) return { kind: 'answered', results: batch.map(({ id }) => ({ ...answerBody('too_large'), id, status: 'refused' })) }
    // No such company, or a server of the version before, which knows no such address: the leads wait, and it is asked seldom.
    if (readAnswer(body)?.code === 'not_found') return { kind: 'failed', after: LONGEST_MS }
    return { kind: 'failed', after: retryAfter(response.headers, now()) }
  }
  catch {
    return { kind: 'failed', after: 0 }
  }
}

const sentOf = ({ id, version, token, name, email, phone, message, score, variant, website, begun_at: begun, made_at: made }: LeadEntry, now: number): SentLead => ({
  id, version, token, name, email, phone: phone.trim() || null, message, score, variant, website, age_ms: Math.round(now - made), filled_ms: made < begun ? UNKNOWN_FILLED_MS : Math.round(made - begun),
})

/** Seconds, or a date. */
function retryAfter(headers: Headers, now: number): number {
  const said = headers.get('retry-after') ?? ''
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch {
    return undefined
  }
}

/** Where there are no locks (an origin that is not secure), the server's own knowledge of ids is all there is. */
const inOneTab = (tenantId: string) => async (work: () => Promise<void>): Promise<void> => {
  if (!('locks' in navigator)) return work()
  let hasBegun = false
  const begin = () => {
    hasBegun = true
    return work()
  }
  await navigator.locks.request(`leads:${tenantId}`, { ifAvailable: true }, lock => lock ? begin() : undefined).catch((error: unknown) => {
    // Where the site may keep nothing the browser has locks and gives none.
    if (hasBegun) throw error
    return begin()
  })
}
