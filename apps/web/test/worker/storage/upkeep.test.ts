import { PGlite } from '@electric-sql/pglite'
import { expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { Upkeep } from '../../../worker/storage/upkeep'
import { churn } from './churn'

/** The whole week is `pnpm soak:churn`. */
const SHORT = { rows: 2_000, updates: 20_000 }

test('a week of changes leaves the database at most twice as large as its first sync', { tags: [SOAK], timeout: 120_000 }, async () => {
  const { before, after } = await churn({ ...SHORT, upkeep: true })
  expect(after / before).toBeLessThan(2)
})

test('nothing is vacuumed while somebody asks, and it is made up for afterwards', async () => {
  const pg = await PGlite.create()
  await pg.exec('CREATE TABLE wide (id int, text text); INSERT INTO wide SELECT n, repeat(\'x\', 500) FROM generate_series(1, 4000) n')
  const vacuumed = async () => (await pg.query<{ at: Date | null }>('SELECT last_vacuum AS at FROM pg_stat_user_tables WHERE relname = \'wide\'')).rows[0]?.at
  const upkeep = new Upkeep({ pg, idleMs: 300, everyMs: 20 })
  upkeep.start()
  try {
    for (const end = performance.now() + 1_500; performance.now() < end; await new Promise(resolve => setTimeout(resolve, 50))) upkeep.busy()
    expect(await vacuumed()).toBeNull()
    await expect.poll(vacuumed, { timeout: 10_000 }).toBeInstanceOf(Date)
  }
  finally {
    await upkeep.stop()
    await pg.close()
  }
})
