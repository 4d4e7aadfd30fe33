// The replication slot is lost, and the stack with it: no shape goes on that has missed a change.
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { eventually, spawnStack } from '../process.ts'
import { ask, readToEnd, removeFolder, temporaryFolder } from '../stack.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function spawned(dataDir: string): ReturnType<typeof spawnStack> {
  const stack = await spawnStack(dataDir)
  cleanUps.push(async () => {
    if (stack.child.exitCode === null && stack.child.signalCode === null) await stack.end('SIGTERM')
  })
  return stack
}

async function superuser(pgPort: number): Promise<pg.Client> {
  const client = new pg.Client(`postgresql://postgres:password@127.0.0.1:${pgPort}/electric`)
  // Its server is killed under it.
  client.on('error', () => {})
  await client.connect()
  return client
}

test('killed right after a lost slot was made anew: shapes that miss what was written in between are dropped', async () => {
  const dataDir = temporaryFolder()
  cleanUps.push(() => removeFolder(dataDir))
  const stack = await spawned(dataDir)
  const watcher = await superuser(stack.pgPort)
  await watcher.query(`CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1); GRANT SELECT ON public.t TO PUBLIC`)
  const before = await readToEnd(stack, { table: 't' })

  // A slot is made only once the transactions that are open have ended: this one holds it up.
  const writer = await superuser(stack.pgPort)
  await writer.query('BEGIN; INSERT INTO public.t VALUES (2)')
  // Stopped, or the stack might be back on the slot before it is dropped.
  stack.child.kill('SIGSTOP')
  await watcher.query('SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots')
  await watcher.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots')
  stack.child.kill('SIGCONT')
  const finds = async (sql: string): Promise<boolean> => (await watcher.query(sql)).rowCount === 1
  await eventually('the stack is making a new slot', () => finds(`SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`))
  // The server makes it to its end; the stack does nothing after it.
  stack.child.kill('SIGSTOP')
  await writer.query('COMMIT')
  await eventually('the slot is made', () => finds('SELECT 1 FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL AND NOT active'))
  await stack.end('SIGKILL')
  await Promise.all([watcher, writer].map(client => client.end().catch(() => {})))

  const second = await spawned(dataDir)
  const old = await ask(second, { table: 't', handle: before.handle, offset: before.offset })
  expect(old.status).toBe(409)
  const anew = await readToEnd(second, { table: 't' })
  expect(anew.messages.flatMap(message => message.key ?? [])).toEqual(['"public"."t"/"1"', '"public"."t"/"2"'])
}, 60_000)
