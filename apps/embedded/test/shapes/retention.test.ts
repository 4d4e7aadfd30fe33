// Shapes that nobody asks for are let go, those being read never.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWN_NAMES } from '../../postgres/names.ts'
import { eventually } from '../process.ts'
import { SECRET, type TestStack, ask, readToEnd, startStack } from '../stack.ts'

const IDLE_MS = 300

function isKept(stack: TestStack, handle: string): boolean {
  return existsSync(path.join(stack.dataDir, 'shapes', handle))
}

function shapesOnDisk(stack: TestStack): string[] {
  return readdirSync(path.join(stack.dataDir, 'shapes'), { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => entry.name)
}

describe('a shape that nobody asks for', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startStack({ shapeIdleMs: IDLE_MS, longPollMs: 4 * IDLE_MS })
    await stack.sql(`CREATE TABLE things (id int PRIMARY KEY); INSERT INTO things SELECT generate_series(1, 3)`)
    // Snapshots are held up below for longer than a predicate may take.
    const admin = new pg.Client(stack.adminUrl)
    await admin.connect()
    await admin.query(`ALTER ROLE ${OWN_NAMES.reader} SET statement_timeout = '20s'`)
    await admin.end()
  })
  afterAll(() => stack.remove())

  /** Keeps snapshots of the table from being written, until the returned function is called. */
  async function holdUpSnapshots(): Promise<() => Promise<void>> {
    // Published already, or making the shape would wait and not its snapshot.
    await readToEnd(stack, { table: 'things' })
    const holder = new pg.Client(stack.ownerUrl)
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE things IN ACCESS EXCLUSIVE MODE')
    return async () => {
      await holder.query('ROLLBACK')
      await holder.end()
    }
  }

  test('its files are deleted; its handle is told to fetch anew and is given another, which has every row', async () => {
    const before = await readToEnd(stack, { table: 'things' })
    await eventually('the files are deleted', () => !isKept(stack, before.handle))
    const old = await ask(stack, { table: 'things', handle: before.handle, offset: before.offset })
    expect(old.status).toBe(409)
    expect(old.messages).toEqual([{ headers: { control: 'must-refetch' } }])
    expect(old.handle).toMatch(/^\d+-\d+$/)
    expect(old.handle).not.toBe(before.handle)
    const anew = await readToEnd(stack, { table: 'things' })
    expect(anew.handle).toBe(old.handle)
    expect(anew.messages.filter(message => message.key)).toHaveLength(3)
  })

  test('a live request that is held for longer keeps it', async () => {
    const before = await readToEnd(stack, { table: 'things' })
    const held = await ask(stack, { table: 'things', handle: before.handle, offset: before.offset, live: 'true' })
    expect(held.status).toBe(200)
    const next = await ask(stack, { table: 'things', handle: before.handle, offset: held.offset })
    expect([next.status, next.handle]).toEqual([200, before.handle])
  })

  test('a snapshot that takes longer, and whose asker has gone, is written to its end and can be read', async () => {
    const release = await holdUpSnapshots()
    const known = shapesOnDisk(stack)
    const controller = new AbortController()
    const left = ask(stack, { table: 'things', where: 'id > 1', offset: '-1' }, { signal: controller.signal })
    await eventually('the shape is being made', () => shapesOnDisk(stack).some(handle => !known.includes(handle)))
    const handle = shapesOnDisk(stack).find(each => !known.includes(each))
    controller.abort()
    await expect(left).rejects.toThrow()
    // The others go meanwhile, so it is not for want of a sweep that this one stays.
    await eventually('the idle ones are deleted', () => known.every(each => !isKept(stack, each)))
    await sleep(2 * IDLE_MS)
    await release()
    const read = await readToEnd(stack, { table: 'things', where: 'id > 1' })
    expect(read.handle).toBe(handle)
    expect(read.messages.filter(message => message.key)).toHaveLength(2)
  })

  test.each(['-1', 'now'])('a client that leaves while the snapshot is being written is no longer waited for (offset %s)', async (offset) => {
    await eventually('nobody is reading', () => stack.readers() === 0)
    const release = await holdUpSnapshots()
    const controller = new AbortController()
    const left = fetch(`${stack.url}/v1/shape?${new URLSearchParams({ table: 'things', where: `id > 2 AND id < ${offset.length}0`, offset, secret: SECRET })}`, { signal: controller.signal })
    await eventually('it waits', () => stack.readers() === 1)
    controller.abort()
    await expect(left).rejects.toThrow()
    await eventually('nobody waits', () => stack.readers() === 0, 2_000)
    await release()
  })
})

describe('more shapes than are kept', () => {
  let stack: TestStack
  beforeAll(async () => {
    stack = await startStack({ maxShapes: 3, longPollMs: 5_000 })
    await stack.sql('CREATE TABLE things (id int PRIMARY KEY)')
  })
  afterAll(() => stack.remove())

  const query = (number: number): Record<string, string> => ({ 'table': 'things', 'where': 'id > $1', 'params[1]': String(number) })

  test('the least recently asked for goes, the others stay as they are', async () => {
    const first = await readToEnd(stack, query(1))
    const second = await readToEnd(stack, query(2))
    const third = await readToEnd(stack, query(3))
    await readToEnd(stack, query(1), first)
    const fourth = await readToEnd(stack, query(4))
    await eventually('the second is deleted', () => !isKept(stack, second.handle))
    expect(shapesOnDisk(stack).sort()).toEqual([first, third, fourth].map(answer => answer.handle).sort())
    for (const [number, answer] of [[1, first], [3, third], [4, fourth]] as const) {
      const again = await ask(stack, { ...query(number), handle: answer.handle, offset: answer.offset })
      expect([again.status, again.handle]).toEqual([200, answer.handle])
    }
    const gone = await ask(stack, { ...query(2), handle: second.handle, offset: second.offset })
    expect(gone.status).toBe(409)
    expect(gone.handle).not.toBe(second.handle)
  })

  test('one with a held request is not the one to go, however long ago it was asked for', async () => {
    const before = await readToEnd(stack, query(10))
    const held = ask(stack, { ...query(10), handle: before.handle, offset: before.offset, live: 'true' })
    await eventually('it is held', () => stack.readers() === 1)
    const others = [await readToEnd(stack, query(11)), await readToEnd(stack, query(12)), await readToEnd(stack, query(13))]
    await eventually('one of the others is deleted', () => !isKept(stack, others[0]?.handle ?? ''))
    await stack.sql('INSERT INTO things VALUES (100)')
    expect((await held).messages[0]?.key).toBe('"public"."things"/"100"')
  })
})
