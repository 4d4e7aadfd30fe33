// Whatever is killed, the next start finds what was there, and nothing stays behind.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { isAlive } from '../../postgres/processes.ts'
import { eventually, runMain, spawnMain, spawnStack } from '../process.ts'
import { ask, readToEnd, removeFolder, startStack, temporaryFolder } from '../stack.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function folder(): string {
  const made = temporaryFolder()
  cleanUps.push(() => removeFolder(made))
  return made
}

async function spawned(dataDir: string): ReturnType<typeof spawnStack> {
  const stack = await spawnStack(dataDir)
  cleanUps.push(async () => {
    if (stack.child.exitCode === null && stack.child.signalCode === null) await stack.end('SIGTERM')
  })
  return stack
}

function postmaster(dataDir: string): number {
  return Number.parseInt(readFileSync(path.join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8'), 10)
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(text)
  await client.end()
}

describe('the stack as a process', () => {
  test('a SIGKILLed stack leaves no Postgres behind', async () => {
    const dataDir = folder()
    const stack = await spawned(dataDir)
    const pid = postmaster(dataDir)
    expect(isAlive(pid)).toBe(true)
    await stack.end('SIGKILL')
    await eventually('Postgres has ended', () => !isAlive(pid))
  })

  test('closing standard input stops the stack and Postgres', async () => {
    const dataDir = folder()
    const stack = await spawned(dataDir)
    const pid = postmaster(dataDir)
    const code = await new Promise((resolve) => {
      stack.child.removeAllListeners('exit')
      stack.child.once('exit', resolve)
      stack.child.stdin?.end()
    })
    expect(code).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  test('SIGTERM ends with 0 and leaves nothing', async () => {
    const dataDir = folder()
    const stack = await spawned(dataDir)
    const pid = postmaster(dataDir)
    expect(await stack.end('SIGTERM')).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  test('after SIGKILL shapes go on with the same handle, and a change made meanwhile is there once', async () => {
    const dataDir = folder()
    const first = await spawned(dataDir)
    await run(first.ownerUrl, `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a')`)
    const before = await readToEnd(first, { table: 't' })
    await run(first.ownerUrl, `INSERT INTO t VALUES (2, 'b')`)
    const live = await ask(first, { table: 't', handle: before.handle, offset: before.offset, live: 'true' })
    expect(live.messages.map(message => message.key)).toEqual(['"public"."t"/"2"', undefined])
    // Committed, and the process killed at once: it may or may not have been read yet.
    await run(first.ownerUrl, `INSERT INTO t SELECT i, 'c' FROM generate_series(3, 500) i`)
    await first.end('SIGKILL')

    const second = await spawned(dataDir)
    const after = await ask(second, { table: 't', handle: before.handle, offset: live.offset, live: 'true' })
    expect(after.status).toBe(200)
    expect(after.handle).toBe(before.handle)
    const keys = after.messages.flatMap(message => message.key ?? [])
    expect(keys).toEqual(Array.from({ length: 498 }, (_, index) => `"public"."t"/"${index + 3}"`))
    const all = await readToEnd(second, { table: 't' })
    expect(all.messages.filter(message => message.headers.operation === 'insert')).toHaveLength(500)
  })

  test('a killed Postgres is started again by itself, and shapes go on', async () => {
    const dataDir = folder()
    const stack = await spawned(dataDir)
    await run(stack.ownerUrl, `CREATE TABLE t (id int PRIMARY KEY)`)
    const before = await readToEnd(stack, { table: 't' })
    process.kill(postmaster(dataDir), 'SIGKILL')
    await eventually('a new Postgres accepts writes', async () => {
      try {
        await run(stack.ownerUrl, `INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING`)
        return true
      }
      catch {
        return false
      }
    }, 20_000)
    await eventually('the row arrives under the old handle', async () => {
      const answer = await ask(stack, { table: 't', handle: before.handle, offset: before.offset })
      return answer.status === 200 && answer.handle === before.handle && answer.messages.some(message => message.key === '"public"."t"/"1"')
    })
  })

  test('a killed supervisor: its server does not stay alone, and another one takes over', async () => {
    const dataDir = folder()
    const stack = await spawned(dataDir)
    const server = postmaster(dataDir)
    const supervisor = Number(readFileSync(`/proc/${server}/stat`, 'utf8').split(' ')[3])
    expect(supervisor).not.toBe(stack.child.pid)
    process.kill(supervisor, 'SIGKILL')
    await eventually('the server without a supervisor has ended', () => !isAlive(server))
    await eventually('another server answers', async () => {
      try {
        await run(stack.ownerUrl, 'SELECT 1')
        return true
      }
      catch {
        return false
      }
    }, 20_000)
    await stack.end('SIGTERM')
    expect(() => postmaster(dataDir)).toThrow()
  })

  test('stopped at any moment of its start, it ends and leaves nothing', { tags: [SOAK], timeout: 60_000 }, async () => {
    const dataDir = folder()
    for (const afterMs of [0, 200, 400, 600, 800, 1_000, 1_200, 1_600]) {
      const starting = spawnMain(['--port', '0', '--pg-port', '0', '--data', dataDir, '--insecure'])
      starting.stderr?.resume()
      starting.stdout?.resume()
      const ended = new Promise(resolve => starting.once('close', resolve))
      await new Promise(resolve => setTimeout(resolve, afterMs))
      starting.kill('SIGTERM')
      await ended
      expect(() => postmaster(dataDir)).toThrow()
    }
  })

  test('a second stack on one data folder is refused with a sentence', async () => {
    const dataDir = folder()
    await spawned(dataDir)
    const second = await runMain(['--port', '0', '--pg-port', '0', '--data', dataDir, '--insecure'])
    expect(second.code).not.toBe(0)
    expect(second.stderr).toMatch(/^Another embedded stack \(process \d+\) is using .*: stop it, or pass --data/)
    expect(second.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('a port in use is named, with the flag that chooses another, and nothing is left running', async () => {
    const holder = await startStack()
    cleanUps.push(() => holder.remove())
    const dataDir = folder()
    const shapes = await runMain(['--port', String(holder.port), '--pg-port', '0', '--data', dataDir, '--insecure'])
    expect(shapes).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Port \d+ is already in use: .*--port\./) as string })
    const postgres = await runMain(['--port', '0', '--pg-port', String(holder.pgPort), '--data', dataDir, '--insecure'])
    expect(postgres).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Port \d+ is already in use: .*--pg-port\./) as string })
    expect(() => postmaster(dataDir)).toThrow()
  })

  test.each([
    ['an unknown flag', ['--bogus'], /--bogus/],
    ['a port that is none', ['--port', 'x', '--insecure'], /^--port x is not a port/],
    ['an empty secret', ['--secret', ''], /^The secret is empty/],
    ['neither secret nor insecure', [], /^Give a secret/],
    ['both secret and insecure', ['--secret', 's', '--insecure'], /exclude each other/],
  ])('%s: one sentence and a non-zero exit', async (_name, flags, sentence) => {
    const ended = await runMain(flags)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(sentence)
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect(ended.stdout).toBe('')
  })
})
