// Electric's client against eight writers at once: whatever happens, it ends with the rows that Postgres has.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { removeFolder, temporaryFolder } from '../stack.ts'
import { soak, wrongIn } from './soak.ts'

let dataDir: string
beforeEach(() => {
  dataDir = temporaryFolder()
})
afterEach(() => removeFolder(dataDir))

const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1e6)

test(`eight writers, every kind of change (seed ${seed})`, async () => {
  const result = await soak({ seconds: 3, seed, writers: 8, dataDir })
  expect(result.differences).toEqual([])
  expect(result.committed).toBeGreaterThan(50)
}, 60_000)

test('a run in which nobody wrote is not taken for a good one', { tags: [SOAK], timeout: 90_000 }, async () => {
  const result = await soak({ seconds: 0, seed, writers: 0, dataDir })
  expect(result).toMatchObject({ committed: 0, differences: [] })
  expect(wrongIn(result)).toEqual(['NOTHING was committed, so nothing was compared'])
})

test(`the stack is killed twice in mid-write (seed ${seed})`, { tags: [SOAK], timeout: 90_000 }, async () => {
  const result = await soak({ seconds: 4, seed, writers: 8, dataDir, restarts: { times: 2, signal: 'SIGKILL' } })
  expect(result.differences).toEqual([])
  expect(result.reconnected).toBeGreaterThan(0)
})

test(`the stack is restarted in mid-write (seed ${seed})`, { tags: [SOAK], timeout: 90_000 }, async () => {
  const result = await soak({ seconds: 2, seed, writers: 8, dataDir, restarts: { times: 1, signal: 'SIGTERM' } })
  expect(result.differences).toEqual([])
})
