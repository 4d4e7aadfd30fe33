// A commit is in the log, and may be decoded, a moment before other sessions see it. A shape made in that moment would
// get the change from neither its snapshot nor its log. A synchronous standby that never answers makes the moment long.
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../process.ts'
import { type TestStack, ask, readToEnd, startStack } from '../stack.ts'

let stack: TestStack
let admin: pg.Client

beforeAll(async () => {
  stack = await startStack()
  admin = new pg.Client(stack.adminUrl)
  await admin.connect()
  // This session must never wait for the standby itself.
  await admin.query('SET synchronous_commit = local')
  await stack.sql('CREATE TABLE slow (id int PRIMARY KEY); INSERT INTO slow VALUES (1); CREATE TABLE probes (id int)')
})
afterAll(async () => {
  await standby('')
  await admin?.end()
  await stack?.remove()
})

test('a shape made while a decoded commit is still invisible has its row, once', async () => {
  const watched = await readToEnd(stack, { table: 'slow' })
  // The where is checked once, before the moment.
  await readToEnd(stack, { table: 'slow', where: 'id > $1', 'params[1]': '7' })
  await standby('nobody')
  await eventually('commits wait for it', commitsWait)
  const writer = new pg.Client(stack.ownerUrl)
  await writer.connect()
  await writer.query('SET synchronous_commit = on')
  const committed = writer.query('INSERT INTO slow VALUES (2)')
  await eventually('the commit is decoded', async () => (await ask(stack, { table: 'slow', handle: watched.handle, offset: watched.offset })).messages.some(message => message.key))
  expect((await admin.query('SELECT id FROM slow')).rows).toEqual([{ id: 1 }])

  const making = readToEnd(stack, { table: 'slow', where: 'id > $1', 'params[1]': '0' })
  await new Promise(resolve => setTimeout(resolve, 600))
  await standby('')
  const [shape] = await Promise.all([making, committed])
  await writer.end()

  expect(shape.status, shape.text).toBe(200)
  const rest = await readToEnd(stack, { table: 'slow', where: 'id > $1', 'params[1]': '0' }, shape)
  expect([...shape.messages, ...rest.messages].filter(message => message.key).map(message => message.value?.['id'])).toEqual(['1', '2'])
})

async function standby(name: string): Promise<void> {
  await admin.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`)
  await admin.query('SELECT pg_reload_conf()')
  await eventually('the setting is in force', async () => (await admin.query<{ synchronous_standby_names: string }>('SHOW synchronous_standby_names')).rows[0]?.synchronous_standby_names === name)
}

/** A session may know of the setting before commits wait: they do when another process of PostgreSQL, the checkpointer, has heard of it too. */
async function commitsWait(): Promise<boolean> {
  const probe = new pg.Client(stack.ownerUrl)
  await probe.connect()
  try {
    const pid = (await probe.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid
    await probe.query('SET synchronous_commit = on')
    let isOver = false
    const committed = probe.query('INSERT INTO probes VALUES (1)').finally(() => { isOver = true })
    const isWaiting = async () => (await admin.query('SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = \'SyncRep\'', [pid])).rowCount === 1
    let waits = false
    while (!isOver && !waits) waits = await isWaiting()
    // A wait that is broken off leaves the commit as it is, on this machine.
    await admin.query('SELECT pg_cancel_backend($1)', [pid])
    await committed
    return waits
  }
  finally {
    await probe.end()
  }
}
