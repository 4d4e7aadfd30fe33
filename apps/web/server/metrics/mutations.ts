import { Counter, Histogram } from 'prom-client'
import type { MutationResult } from '../../shared/protocol/mutations'
import { committed } from './commits'
import { registry } from './registry'

const decided = new Counter({
  name: 'mvdb_mutations_total', help: 'Mutations that were answered, repetitions among them: "applied", "already_applied", or the code of the refusal.', labelNames: ['outcome'], registers: [registry],
})
const duration = new Histogram({
  name: 'mvdb_mutation_seconds', help: 'From a mutation\'s turn in its request to its answer, waits for locks and connections included, and the others of its transaction.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60], registers: [registry],
})

/** Counts a mutation and how long it takes. Throws what `decide` throws, which is counted as `database_unavailable`: nothing else gets through. */
export async function measureMutation(decide: () => Promise<MutationResult>): Promise<MutationResult> {
  const began = performance.now()
  try {
    const result = await decide()
    count(result, began)
    return result
  }
  catch (error) {
    countLost(began)
    throw error
  }
}

/** The same for some that are decided in one transaction: each takes as long as all of them. Where nothing came of it, nothing is counted. */
export async function measureMutations(asked: number, decide: () => Promise<MutationResult[] | undefined>): Promise<MutationResult[] | undefined> {
  const began = performance.now()
  try {
    const results = await decide()
    for (const result of results ?? []) count(result, began)
    return results
  }
  catch (error) {
    for (let n = 0; n < asked; n++) countLost(began)
    throw error
  }
}

function count(result: MutationResult, began: number): void {
  observe('code' in result ? result.code : result.status, began)
  if (result.status === 'applied') committed(result.txid)
}

const countLost = (began: number) => observe('database_unavailable', began)

function observe(outcome: string, began: number): void {
  duration.observe((performance.now() - began) / 1000)
  decided.inc({ outcome })
}
