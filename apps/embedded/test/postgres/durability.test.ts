// What was said to be committed is there, whatever ends the server.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../process.ts'
import { type TestStack, startStack } from '../stack.ts'

const WRITERS = 8
const ROUNDS = 3

let stack: TestStack
beforeAll(async () => {
  stack = await startStack()
  await stack.sql('CREATE TABLE written (writer int, number int, PRIMARY KEY (writer, number)); CREATE TABLE counted (writer int PRIMARY KEY, number int)')
  await stack.sql(`INSERT INTO counted SELECT i, 0 FROM generate_series(1, ${WRITERS}) i`)
})
afterAll(() => stack.remove())

test('nothing that makes a commit safe is switched off', async () => {
  const { rows } = await stack.sql(`SELECT name || ' ' || setting AS said FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'zero_damaged_pages') ORDER BY name`)
  expect(rows.map((row: { said: string }) => row.said)).toEqual(['fsync on', 'full_page_writes on', 'synchronous_commit on', 'zero_damaged_pages off'])
  const { rows: roles } = await stack.sql(`SELECT count(*)::int AS given FROM pg_db_role_setting, unnest(setconfig) c WHERE c ~ '^(fsync|full_page_writes|synchronous_commit)='`)
  expect(roles).toEqual([{ given: 0 }])
})

test('SIGKILL of PostgreSQL under concurrent writes loses no acknowledged commit', async () => {
  const acknowledged = Array.from({ length: WRITERS }, () => 0)
  for (let round = 1; round <= ROUNDS; round++) {
    const before = acknowledged.reduce((sum, number) => sum + number, 0)
    const writers = acknowledged.map((_, index) => write(index + 1, acknowledged))
    await eventually('many commits were acknowledged', () => acknowledged.reduce((sum, number) => sum + number, 0) > before + 400)
    killServer()
    await Promise.all(writers)
    await eventually('the server is back', async () => await numbers().then(() => true, () => false), 20_000)
    const { written, counted } = await numbers()
    for (const [index, number] of acknowledged.entries()) {
      // The one behind the last acknowledged may have been committed without a word.
      expect(written[index], `inserts of writer ${index + 1}`).toBeGreaterThanOrEqual(number)
      expect(written[index]).toBeLessThanOrEqual(number + 1)
      expect(counted[index], `updates of writer ${index + 1}`).toBe(written[index])
      acknowledged[index] = written[index] ?? 0
    }
  }
}, 60_000)

/** Commits one number after the other, each into two tables, until the server is gone. */
async function write(writer: number, acknowledged: number[]): Promise<void> {
  const client = new pg.Client(stack.ownerUrl)
  client.on('error', () => {})
  try {
    await client.connect()
    for (let number = (acknowledged[writer - 1] ?? 0) + 1; ; number++) {
      await client.query(`BEGIN; INSERT INTO written VALUES (${writer}, ${number}); UPDATE counted SET number = ${number} WHERE writer = ${writer}; COMMIT`)
      acknowledged[writer - 1] = number
    }
  }
  catch { /* gone */ }
  finally {
    await client.end().catch(() => {})
  }
}

/** The server with each of its processes at once: none of them has a moment to write what it holds. */
function killServer(): void {
  const pid = Number.parseInt(readFileSync(path.join(stack.placedOutside ?? path.join(stack.dataDir, 'postgres'), 'cluster', 'postmaster.pid'), 'utf8'), 10)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
  expect(children.length).toBeGreaterThan(WRITERS)
  process.kill(pid, 'SIGSTOP')
  for (const one of [...children, pid]) {
    try {
      process.kill(one, 'SIGKILL')
    }
    catch { /* ended meanwhile */ }
  }
}

async function numbers(): Promise<{ written: number[], counted: number[] }> {
  const client = new pg.Client(stack.ownerUrl)
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ written: number, counted: number }>(
      `SELECT (SELECT count(*)::int FROM written w WHERE w.writer = c.writer) AS written, c.number AS counted FROM counted c ORDER BY c.writer`)
    return { written: rows.map(row => row.written), counted: rows.map(row => row.counted) }
  }
  finally {
    await client.end().catch(() => {})
  }
}
