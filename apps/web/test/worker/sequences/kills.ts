import { cpSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Bench, row, type EngineName } from './bench'
import { FakeElectric } from './fake-electric'

/**
 * What a kill leaves behind: a copy of the data folder as it is at that moment. PGlite runs in this thread and writes by
 * plain system calls, so that the files hold at each moment what a SIGKILL would leave.
 */
export interface Wreck {
  folder: string
  where: 'between transactions' | 'inside a transaction'
  /** What the table held, seen from within the transaction. */
  ids: string
  /** The handle of the server's shape. */
  server: string
}

/** How long each transaction is made to take. */
const COMMIT_MS = 100

export interface Killed {
  name: string
  /** Drives the server; each step is called when the step before is in the table. */
  steps: ((server: FakeElectric) => void)[]
  /** Keys that are to be there after each step, the first sync being the first. */
  ids: string[]
  /** Which of the wrecks are gone on from: each costs the start of a database. */
  chosen: (wrecks: Wreck[]) => Wreck[]
}

const TABLE = 'killed'
const firstSync = () => new FakeElectric('h1', [[row('a'), row('b')], [row('c')]])
const insert = (id: string) => ({ operation: 'insert' as const, value: row(id) })

export const killed: Killed[] = [
  {
    name: 'a kill between two commits finds an offset that is ahead of the rows',
    // The second comes while the first is being committed.
    steps: [(server) => {
      server.shape.commit(insert('e'))
      setTimeout(() => server.shape.commit(insert('f')), COMMIT_MS / 2)
    }],
    ids: ['a b c', 'a b c e f'],
    chosen: wrecks => wrecks.filter(({ where, ids }) => where === 'between transactions' && ids.includes('e') && !ids.includes('f')).slice(0, 1),
  },
  {
    name: 'a kill in a first sync begins again from the first page',
    steps: [],
    ids: ['a b c'],
    chosen: wrecks => [wrecks.find(({ ids }) => ids === 'a b'), wrecks.find(({ where, ids }) => where === 'inside a transaction' && ids === 'a b c')].filter(found => found !== undefined),
  },
  {
    name: 'a kill in a refetch mixes old and new',
    steps: [server => server.shape.rotate('h2', [[row('a'), row('x')], [row('y')]])],
    ids: ['a b c', 'a x y'],
    // After the first staged page, and within the swap.
    chosen: wrecks => [wrecks.filter(({ server, ids }) => server === 'h2' && ids === 'a b c').at(-1), wrecks.find(({ where, ids }) => where === 'inside a transaction' && ids === 'a x y')].filter(found => found !== undefined),
  },
]

/** Runs the steps and collects a wreck after each transaction of the engine and within each. */
async function wreck(engine: EngineName, { steps, ids }: Killed, home: string): Promise<{ wrecks: Wreck[], server: FakeElectric }> {
  const wrecks: Wreck[] = []
  const folder = join(home, 'database')
  const pg = await PGlite.create(folder)
  const server = firstSync()
  const bench = await Bench.open(pg, engine, 5000, TABLE)
  const keep = async (where: Wreck['where'], db: Pick<PGlite, 'query'>) => {
    const { rows } = await db.query<{ ids: string }>(`SELECT coalesce(string_agg(id, ' ' ORDER BY id COLLATE "C"), '') AS ids FROM ${TABLE}`)
    const copy = join(home, `wreck-${wrecks.length}`)
    cpSync(folder, copy, { recursive: true })
    wrecks.push({ folder: copy, where, ids: rows[0]?.ids ?? '', server: server.shape.handle })
  }
  const original = pg.transaction.bind(pg)
  pg.transaction = async (work) => {
    // Slow, so that what comes next is there before this is committed.
    await new Promise(resolve => setTimeout(resolve, COMMIT_MS))
    const result = await original(async (tx) => {
      const done = await work(tx)
      await keep('inside a transaction', tx as unknown as PGlite)
      return done
    })
    await keep('between transactions', pg)
    return result
  }
  try {
    await bench.sync(server, { onMustRefetch: engine === 'upstream' ? async tx => void await tx.exec(`DELETE FROM ${TABLE}`) : undefined })
    await bench.untilIds(ids[0] ?? '')
    for (const [at, step] of steps.entries()) {
      await bench.until(() => server.requests.at(-1)?.get('live') === 'true', () => 'the stream to go live')
      step(server)
      await bench.untilIds(ids[at + 1] ?? '')
    }
  }
  finally {
    bench.close()
    await pg.close()
  }
  return { wrecks, server }
}

/** Opens a wreck and goes on. Answers what was lost, or nothing. */
async function recover(engine: EngineName, { folder, where }: Wreck, server: FakeElectric, expected: string): Promise<string | undefined> {
  const pg = await PGlite.create(folder)
  const bench = await Bench.open(pg, engine, 1500, TABLE)
  const before = await bench.ids()
  const asked = server.starts
  const sawRefetch = () => server.requests.some(request => request.has('expired_handle'))
  try {
    await bench.sync(server)
    await bench.untilIds(expected)
    if (before !== '' && server.starts > asked && !sawRefetch()) return `${where}, with "${before}": began again from the first page`
    return undefined
  }
  catch (error) {
    return `${where}, with "${before}": ${error instanceof Error ? error.message : String(error)}`
  }
  finally {
    bench.close()
    await pg.close()
  }
}

/** All that was lost over all kills of one sequence. */
export async function lossesOf(engine: EngineName, sequence: Killed): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), 'wrecks-'))
  try {
    const { wrecks, server } = await wreck(engine, sequence, home)
    const losses: string[] = []
    const chosen = sequence.chosen(wrecks)
    if (chosen.length === 0) return ['never came to the moment of the kill']
    for (const found of chosen) {
      const loss = await recover(engine, found, server, sequence.ids.at(-1) ?? '')
      if (loss !== undefined) losses.push(loss)
    }
    return losses
  }
  finally {
    await rm(home, { recursive: true, force: true })
  }
}
