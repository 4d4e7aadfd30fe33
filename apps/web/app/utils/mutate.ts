import { v7 as uuid } from 'uuid'
import type { Mutation, MutationInput, Was } from '#shared/mutations/mutation'
import { answerBody } from '#shared/protocol/answers'
import { MUTATIONS_PATH, type Applied, type MutationEntry, type MutationResult, type MutationsAnswer } from '#shared/protocol/mutations'
import { DATABASE_USER_HEADER } from '#shared/protocol/sync'
import { NotNoted, type JournalAccess } from './journal-access'
import type { Person } from './person'
import { request, ServerError } from './server-api'

/** An edit on its way. */
export interface Saving {
  /** The mutation's own key. A creation's is the key of what it makes too, a deletion's its `deletion_id`. */
  readonly id: string
  /**
   * Resolves when the edit cannot be lost any more: it is noted on this device, or, where this browser keeps nothing, done
   * at the server. Rejects with a sentence and what to do (a ServerError, NotNoted); then only whoever asked has it.
   */
  readonly saved: Promise<void>
  /** Resolves with the server's answer: the transaction, and the rows with their versions. Rejects with a ServerError. */
  readonly settled: Promise<Applied>
}

export interface MutateOptions {
  /** The company whose rows are meant; none for the person's own row. */
  company?: string
  /** Made here where none is given. */
  id?: string
  /** What the changed fields held where the person began to edit: if they hold something else by now, it is a conflict. */
  base?: Record<string, unknown>
  /** What is edited, by its name: for the list of changes. */
  about?: string
  /** What is known of before, beside `base`: for taking it back. It is not sent. */
  was?: Was
}

export type Mutate = <Input extends MutationInput>(mutation: Mutation<Input>, input: Input, options?: MutateOptions) => Saving

/** Moving a great tree takes the server longer than any other request. */
const LIMIT_MS = 70_000
/** Asking again with the same key is safe, so that a lost answer need not become a question for the person. */
const PAUSES_MS = [300, 1_000, 3_000]
const AGAIN: readonly ServerError['code'][] = ['unreachable', 'database_unavailable', 'too_slow', 'request_too_slow']

/** Makes edits as the person of this page. `person`: who is here now; `journal`: where edits are noted, if anywhere. */
export function createMutate(person: () => Person | undefined, journal?: Pick<JournalAccess, 'add' | 'settled'>): Mutate {
  return (mutation, input, { company, id = uuid(), base, about = '' } = {}) => {
    const entry: MutationEntry = { id, name: mutation.name, version: mutation.version, ...company !== undefined && { company }, input, ...base && { base } }
    const checked = check(person(), mutation, entry)
    let settled: Promise<Applied>
    let saved: Promise<void>
    if (!journal || checked instanceof ServerError) {
      settled = checked instanceof ServerError ? Promise.reject(checked) : askUntilAnswered(checked.person, checked.entry)
      saved = settled.then(() => {})
    }
    else {
      const { entry: clean, person: who } = checked
      const noted = journal.add({ mutation: clean, about, at: Date.now() })
      // Asked for first: the answer may come with the very news that it is noted.
      const decided = journal.settled(id)
      // A browser that keeps nothing: the server keeps it, at once or not at all.
      settled = noted.then(() => decided, (error: unknown) => isUnstored(error) ? askUntilAnswered(who, clean) : Promise.reject(error as Error))
      saved = noted.catch((error: unknown) => isUnstored(error) ? settled.then(() => {}) : Promise.reject(error as Error))
      decided.catch(() => {})
    }
    // Whoever waits for either is told; nobody is made to wait for both.
    for (const promise of [saved, settled]) promise.catch(() => {})
    return { id, saved, settled }
  }
}

const isUnstored = (error: unknown) => error instanceof NotNoted && error.code === 'no_storage'

/** The edit in its one spelling, and who makes it; or why it can be made by nobody. */
function check<Input extends MutationInput>(person: Person | undefined, { input, may }: Mutation<Input>, entry: MutationEntry): { person: Person, entry: MutationEntry } | ServerError {
  const checked = input.safeParse(entry.input)
  if (!checked.success) return invalid(Object.fromEntries(checked.error.issues.map(issue => [issue.path.join('.') || 'input', issue.message])))
  if (may !== 'self' && entry.company === undefined) return invalid({ company: 'Name the company.' })
  if (!person) return new ServerError(answerBody('sign_in'))
  return { person, entry: { ...entry, input: checked.data } }
}

async function askUntilAnswered(person: Person, entry: MutationEntry): Promise<Applied> {
  for (const pause of [...PAUSES_MS, undefined]) {
    try {
      return applied(await send(person, entry))
    }
    catch (error) {
      if (pause === undefined || !(error instanceof ServerError) || !AGAIN.includes(error.code)) throw error
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }
  throw new ServerError()
}

async function send(person: Person, entry: MutationEntry): Promise<MutationResult> {
  const { results: [result] } = await request<MutationsAnswer>(MUTATIONS_PATH, {
    method: 'POST',
    body: JSON.stringify({ mutations: [entry] }),
    headers: { 'content-type': 'application/json', [DATABASE_USER_HEADER]: person.id },
    signal: AbortSignal.timeout(LIMIT_MS),
  })
  if (!result) throw new ServerError(answerBody('internal'))
  return result
}

function applied(result: MutationResult): Applied {
  if (result.status === 'applied') return result
  // So long ago that no copy waits for it.
  if (result.status === 'already_applied') return { id: result.id, status: 'applied', txid: 0, rows: [] }
  throw new ServerError(result)
}

const invalid = (fields: Record<string, string>) => new ServerError(answerBody('invalid_input', { fields }))
