// Data of any size through a process of bounded size.
import { statSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { removeFolder, startStack, temporaryFolder, type TestStack } from '../stack.ts'
import { never, runUntil } from './killed.ts'
import { FIRST, digestOf, run, testSchema } from './schema.ts'

let stack: TestStack
let files: string
beforeAll(async () => {
  files = temporaryFolder()
  stack = await startStack()
  await testSchema().make(stack.ownerUrl, FIRST, [])
})
afterAll(async () => {
  await stack.remove()
  removeFolder(files)
})

test('400 MB are backed up and restored in less than 200 MB', { tags: [SOAK], timeout: 300_000 }, async () => {
  // Random text, which cannot be packed well, so that neither side of the packing is small.
  await run(stack.adminUrl, `INSERT INTO every_type (b) SELECT (SELECT string_agg(uuid_send(gen_random_uuid()), '') FROM generate_series(1, 32) WHERE i > 0) FROM generate_series(1, 400000) i`)
  const file = path.join(files, 'large.backup')
  const before = await digestOf(stack.adminUrl)
  const megabytes = (said: string) => Number(/most memory: (\d+) MB/.exec(said)?.[1])
  const backup = await runUntil(['backup', stack.dataDir, file], never)
  expect(statSync(file).size).toBeGreaterThan(200_000_000)
  expect(megabytes(backup.said)).toBeLessThan(200)
  const restore = await runUntil(['restore', stack.dataDir, file], never)
  expect(megabytes(restore.said)).toBeLessThan(200)
  expect(await digestOf(stack.adminUrl)).toBe(before)
})
