// Concurrent writers, Electric's client, and at the end the question whether both have the same rows.
import { setMaxListeners } from 'node:events'
import pg from 'pg'
import { SECRET } from '../stack.ts'
import { type StackProcess, spawnStack } from '../process.ts'
import { DEFINITIONS, Follower } from './followers.ts'
import { seeded } from './random.ts'
import { SCHEMA, write } from './writers.ts'

export interface SoakOptions {
  seconds: number
  seed: number
  writers: number
  dataDir: string
  /** How often the stack is ended in mid-write and started again, and how. */
  restarts?: { times: number, signal: 'SIGKILL' | 'SIGTERM' }
  say?: (line: string) => void
}

export interface SoakResult { committed: number, refused: number, reconnected: number, restarts: number, differences: string[], settledMs: number }

/** What is wrong with the end of a run, a line each. Two empty sides are equal too, and say nothing about the road between them. */
export function wrongIn({ committed, differences }: Pick<SoakResult, 'committed' | 'differences'>): string[] {
  return [...differences.map(difference => `DIFFERENT ${difference}`), ...(committed === 0 ? ['NOTHING was committed, so nothing was compared'] : [])]
}

const SETTLE_MS = 20_000

/** Runs the workload on a stack of its own and compares. An empty `differences` is success. */
export async function soak({ seconds, seed, writers, dataDir, restarts, say = () => {} }: SoakOptions): Promise<SoakResult> {
  let stack = await spawnStack(dataDir)
  const ports = ['--port', new URL(stack.url).port, '--pg-port', String(stack.pgPort)]
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  try {
    await once(stack, SCHEMA)
    const writing = new AbortController()
    const early = DEFINITIONS.map(definition => new Follower(definition, stack.url, SECRET, stop.signal))
    const work = Array.from({ length: writers }, (_, index) => write(() => stack.ownerUrl, seeded(seed + index), true, writing.signal))
    const late: Follower[] = []
    const times = restarts?.times ?? 0
    for (let part = 0; part <= times; part++) {
      await new Promise(resolve => setTimeout(resolve, (seconds * 1000) / (times + 1)))
      // Followers that come in mid-write take their snapshot among the changes.
      if (part === 0) late.push(...DEFINITIONS.map(definition => new Follower({ ...definition, name: `${definition.name} (came late)` }, stack.url, SECRET, stop.signal)))
      if (part === times || !restarts) continue
      await stack.end(restarts.signal)
      stack = await spawnStack(dataDir, ports)
      say(`ended by ${restarts.signal} and started again`)
    }
    writing.abort()
    const reports = await Promise.all(work)
    const began = Date.now()
    const differences = await settle(stack, [...early, ...late])
    const sum = (field: 'committed' | 'refused' | 'reconnected'): number => reports.reduce((total, report) => total + report[field], 0)
    return { committed: sum('committed'), refused: sum('refused'), reconnected: sum('reconnected'), restarts: times, differences, settledMs: Date.now() - began }
  }
  finally {
    stop.abort()
    await stack.end('SIGTERM')
  }
}

/** Waits until every follower has the rows that Postgres has; what still differs when the time is over. */
async function settle(stack: StackProcess, followers: Follower[]): Promise<string[]> {
  const client = new pg.Client(stack.ownerUrl)
  await client.connect()
  await client.query(`SET TimeZone = 'UTC'`)
  try {
    const deadline = Date.now() + SETTLE_MS
    for (;;) {
      const differences: string[] = []
      for (const follower of followers) {
        const difference = await follower.difference(client)
        if (difference) differences.push(`${follower.name}: ${difference.slice(0, 600)}`)
      }
      if (!differences.length || Date.now() > deadline) return differences
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  finally {
    await client.end()
  }
}

async function once(stack: StackProcess, sql: string): Promise<void> {
  const client = new pg.Client(stack.ownerUrl)
  await client.connect()
  await client.query(sql)
  await client.end()
}
