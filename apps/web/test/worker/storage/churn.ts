import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createTables } from '../../../worker/database/tables'
import { doSlice } from '../../../worker/search/slices'
import { Upkeep } from '../../../worker/storage/upkeep'

export interface Churn {
  rows: number
  updates: number
  /** Whether the database is kept small meanwhile. */
  upkeep: boolean
  say?: (line: string) => void
}

/** Bytes on the disk after the first sync, and after the churn. */
export interface ChurnOutcome { before: number, after: number, updates: number }

const DAYS = 7
/** As many as one batch of a busy company brings. */
const BATCH = 200
/** Batches between two turns of the upkeep while nobody rests: ten seconds of 10 changes a second and some. */
const TURN = 5
const COMPANY = '00000000-0000-7000-8000-c00000000001'
/** Rows that search takes up at once. */
const SLICE = 2_000

/** A week of a company in which every row changes again and again, on a database with files, as one leader has it all the time. */
export async function churn({ rows, updates, upkeep, say = () => undefined }: Churn): Promise<ChurnOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'churn-'))
  const pg = await PGlite.create({ dataDir: join(folder, 'data'), initDbStartParams: ['--wal-segsize=1'], startParams: [...PGlite.defaultStartParams, '-c', 'max_wal_size=16MB', '-c', 'min_wal_size=4MB'] })
  const keeper = new Upkeep({ pg })
  const search = async () => {
    while ((await doSlice(pg, SLICE)).kind !== 'none');
  }
  try {
    await createTables(pg)
    await pg.query(
      `INSERT INTO folders (id, company_id, workspace_id, parent_id, name, description, position, deleted_at, deletion_id, created_at, updated_at, row_version)
       SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, $1, NULL, 'folder ' || n, 'about it', 'a0', NULL, NULL, now(), now(), 1
       FROM generate_series(1, $2::int) n`, [COMPANY, rows])
    await search()
    await keeper.run(true)
    const before = await bytesOf(folder)
    let done = 0
    for (let batch = 1; done < updates; batch++) {
      // Every row in turn, from another place each time: the heap is touched everywhere.
      const ids = Array.from({ length: BATCH }, (_, at) => (batch * 7919 + at * 104_729) % rows + 1)
      await pg.query(
        `UPDATE folders SET name = 'name ' || ($2::int % 50) || ' of ' || right(id::text, 6), updated_at = now(), row_version = row_version + 1
         WHERE id = ANY (SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid FROM unnest($1::int[]) n)`, [ids, batch])
      done += new Set(ids).size
      if (batch % TURN === 0) await search()
      if (upkeep && batch % TURN === 0) await keeper.run(false)
      if (upkeep && done % Math.ceil(updates / DAYS) < BATCH) {
        // The night.
        await keeper.run(true)
        say(`${done} updates: ${(await bytesOf(folder) / 1e6).toFixed(1)} MB`)
      }
    }
    await search()
    if (upkeep) await keeper.run(true)
    return { before, after: await bytesOf(folder), updates: done }
  }
  finally {
    await pg.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(entries.filter(entry => entry.isFile()).map(entry => stat(join(entry.parentPath, entry.name)).then(({ size }) => size, () => 0)))
  return sizes.reduce((sum, size) => sum + size, 0)
}
