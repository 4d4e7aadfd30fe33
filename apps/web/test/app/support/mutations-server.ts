import { vi } from 'vitest'
import { mutations } from '#shared/mutations/index'
import { answerBody, type AnswerBody } from '#shared/protocol/answers'
import { MUTATIONS_PATH, mutationsRequest, type MutationEntry, type MutationResult } from '#shared/protocol/mutations'
import { DATABASE_USER_HEADER } from '#shared/protocol/sync'

/** What becomes of one request: it is answered, it or its answer is lost on the way, or the server turns it down whole. */
type Fate = 'answered' | 'request lost' | 'answer lost' | { status: number, body: AnswerBody }

/** The server as a page sees it: it checks with the same schemas, and does each key once. What it does is noted only. */
export class MutationsServer {
  /** In the order done. */
  readonly done: MutationEntry[] = []
  readonly persons: string[] = []
  /** Fates of the next requests; then all are answered. */
  readonly fates: Fate[] = []
  /** Codes by name of the mutation that is refused. */
  readonly refuses: Record<string, MutationResult & { status: 'refused' }> = {}
  requests = 0
  readonly #answers = new Map<string, MutationResult>()

  stand(): void {
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      if (String(input) !== MUTATIONS_PATH) return Promise.resolve(new Response('{}'))
      this.requests++
      const fate = this.fates.shift() ?? 'answered'
      if (fate === 'request lost') return Promise.reject(new TypeError('offline'))
      if (typeof fate === 'object') return Promise.resolve(new Response(JSON.stringify(fate.body), { status: fate.status }))
      this.persons.push(new Headers(init?.headers).get(DATABASE_USER_HEADER) ?? '')
      const { mutations: asked } = mutationsRequest.parse(JSON.parse(String(init?.body)))
      const results = asked.map(entry => this.#decide(entry))
      return fate === 'answer lost' ? Promise.reject(new TypeError('reset')) : Promise.resolve(new Response(JSON.stringify({ results })))
    })
  }

  #decide(entry: MutationEntry): MutationResult {
    const before = this.#answers.get(entry.id)
    if (before) return before
    const mutation = mutations.find(({ name, version }) => name === entry.name && version === entry.version)
    const refused = this.refuses[entry.name]
    let result: MutationResult = { id: entry.id, status: 'applied', txid: 7, rows: [] }
    if (!mutation?.input.safeParse(entry.input).success) result = { id: entry.id, status: 'refused', ...answerBody('invalid_input') }
    else if (refused) result = { ...refused, id: entry.id }
    else this.done.push(entry)
    this.#answers.set(entry.id, result)
    return result
  }
}
