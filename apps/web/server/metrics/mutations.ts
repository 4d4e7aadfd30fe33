import { Counter, Histogram } from 'prom-client'
import type { MutationResult } from '../../shared/protocol/mutations'
import { committed } from './commits'
import { registry } from './registry'

const decided = new Counter({
  name: 'mvdb_mutations_total', help: 'Mutations that were answered, repetitions among them: "applied", "already_applied", or the code of the refusal.', labelNames: ['outcome'], registers: [registry],
})
const duration = new Histogram({
  name: 'mvdb_mutation_seconds', help: 'From a mutation\'s turn in its request to its answer, waits for locks and connections included.',
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60], registers: [registry],
})

/** Counts a mutation and how long it takes. Throws what `decide` throws, which is counted as `database_unavailable`: nothing else gets through. */
export async function measureMutation(decide: () => Promise<MutationResult>): Promise<MutationResult> {
  const end = duration.startTimer()
  let outcome = 'database_unavailable'
  try {
    const result = await decide()
    outcome = 'code' in result ? result.code : result.status
    if (result.status === 'applied') committed(result.txid)
    return result
  }
  finally {
    end()
    decided.inc({ outcome })
  }
}
