// The log of a shape on disk: what a reader gets from any offset, what a killed process leaves, what is cut.
import { appendFileSync, closeSync, openSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ShapeLog } from '../../shapes/log.ts'
import { type LogOffset, SNAPSHOT_END, compareOffsets, formatOffset, parseOffset } from '../../shapes/offset.ts'
import { isVisible, parseSnapshot } from '../../shapes/visibility.ts'
import { removeFolder, temporaryFolder } from '../stack.ts'

const WIDE = { maxBytes: 1_000_000, pageBytes: 100_000 }
let folder: string
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => removeFolder(folder))

function message(lsn: number, op: number, size = 10): string {
  return JSON.stringify({ value: { text: 'ü'.repeat(size) }, headers: { lsn: String(lsn), op_position: op } })
}

function addTransaction(log: ShapeLog, lsn: number, ops: number[], size?: number): void {
  log.append([{ messages: ops.map(op => message(lsn, op, size)), to: { lsn, op: ops.at(-1) ?? 0 } }])
  log.publish()
}

/** Everything after an offset, page by page, as `lsn_op`. */
function readAll(log: ShapeLog, from: LogOffset): string[] {
  const found: string[] = []
  let at = from
  for (;;) {
    const slice = log.read(at)
    if (!slice) return found
    const page = JSON.parse(`[${readFileSync(slice.file).subarray(slice.start, slice.end).toString('utf8')}]`) as { headers: { lsn: string, op_position: number } }[]
    for (const { headers } of page) found.push(`${headers.lsn}_${headers.op_position}`)
    at = slice.to
    expect(slice.reachesEnd).toBe(compareOffsets(at, log.end) === 0)
  }
}

test('a reader goes on from any message, also from the middle of a transaction and from one it skipped', () => {
  const log = new ShapeLog(folder, WIDE)
  addTransaction(log, 100, [0, 2, 6])
  addTransaction(log, 200, [0])
  expect(readAll(log, SNAPSHOT_END)).toEqual(['100_0', '100_2', '100_6', '200_0'])
  expect(readAll(log, { lsn: 100, op: 2 })).toEqual(['100_6', '200_0'])
  expect(readAll(log, { lsn: 100, op: 4 })).toEqual(['100_6', '200_0'])
  expect(readAll(log, { lsn: 100, op: 6 })).toEqual(['200_0'])
  expect(readAll(log, { lsn: 150, op: 0 })).toEqual(['200_0'])
  expect(readAll(log, { lsn: 200, op: 0 })).toEqual([])
})

test('pages end between messages and together hold everything once', () => {
  const log = new ShapeLog(folder, { maxBytes: 1_000_000, pageBytes: 500 })
  for (let lsn = 1; lsn <= 100; lsn++) addTransaction(log, lsn, [0, 2])
  const slice = log.read(SNAPSHOT_END)
  expect((slice?.end ?? 0) - (slice?.start ?? 0)).toBeLessThanOrEqual(500)
  expect(readAll(log, SNAPSHOT_END)).toHaveLength(200)
})

test('what was not published is not read, nor after a kill, nor after a discard', () => {
  const log = new ShapeLog(folder, WIDE)
  addTransaction(log, 100, [0])
  log.append([{ messages: [message(200, 0)], to: { lsn: 200, op: 0 } }])
  expect(readAll(log, SNAPSHOT_END)).toEqual(['100_0'])
  const reopened = new ShapeLog(folder, WIDE)
  expect(reopened.end).toEqual({ lsn: 100, op: 0 })
  expect(readAll(reopened, SNAPSHOT_END)).toEqual(['100_0'])
  reopened.append([{ messages: [message(200, 0)], to: { lsn: 200, op: 0 } }])
  reopened.discard()
  addTransaction(reopened, 300, [0])
  expect(readAll(reopened, SNAPSHOT_END)).toEqual(['100_0', '300_0'])
})

test('a large transaction that was taken back, over several segments of a new log, leaves a log that opens again', () => {
  const bounds = { maxBytes: 4_000, pageBytes: 500 }
  const log = new ShapeLog(folder, bounds)
  for (let op = 0; op < 40; op++) log.append([{ messages: [message(100, op, 60)], to: { lsn: 100, op } }])
  log.discard()
  addTransaction(log, 200, [0])
  expect(readAll(new ShapeLog(folder, bounds), SNAPSHOT_END)).toEqual(['200_0'])
})

test('a kill in the middle of writing the index loses the whole transaction, not half of it', () => {
  const log = new ShapeLog(folder, WIDE)
  addTransaction(log, 100, [0])
  log.append([{ messages: [message(200, 0)], to: { lsn: 200, op: 0 } }, { messages: [message(200, 2)], to: { lsn: 200, op: 2 } }])
  log.publish()
  const index = path.join(folder, 'log-1.index')
  for (const missing of [1, 31, 32, 40]) {
    const whole = readFileSync(index)
    truncateSync(index, whole.length - missing)
    expect(new ShapeLog(folder, WIDE).end).toEqual({ lsn: 100, op: 0 })
    truncateSync(index, 0)
    appendFileSync(index, whole)
  }
})

test('the disk it takes is bounded, and a reader of what was cut is told, also after a restart', () => {
  const bounds = { maxBytes: 20_000, pageBytes: 5_000 }
  const log = new ShapeLog(folder, bounds)
  for (let lsn = 1; lsn <= 500; lsn++) addTransaction(log, lsn, [0], 50)
  const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0)
  expect(onDisk).toBeLessThan(bounds.maxBytes * 1.5)
  for (const each of [log, new ShapeLog(folder, bounds)]) {
    expect(each.isCut(SNAPSHOT_END)).toBe(true)
    expect(each.isCut({ lsn: -1, op: 0 })).toBe(true)
    expect(each.isCut({ lsn: 3, op: 0 })).toBe(true)
    expect(each.isCut({ lsn: 490, op: 0 })).toBe(false)
    expect(readAll(each, { lsn: 490, op: 0 })).toEqual(Array.from({ length: 10 }, (_, n) => `${491 + n}_0`))
  }
})

test('a kill while the place of the cut is written leaves the old one or the new one, never half of it', () => {
  const bounds = { maxBytes: 20_000, pageBytes: 5_000 }
  const log = new ShapeLog(folder, bounds)
  const file = path.join(folder, 'log-cut.json')
  let lsn = 1
  while (!readdirSync(folder).includes('log-cut.json')) addTransaction(log, lsn++, [0], 50)
  const first = readFileSync(file, 'utf8')
  const opened = openSync(file, 'r')
  while (readFileSync(file, 'utf8') === first) addTransaction(log, lsn++, [0], 50)
  // What was open before is as it was: the file is put in place whole, not written over.
  expect(readFileSync(opened, 'utf8')).toBe(first)
  closeSync(opened)
  // Killed before it was put in place.
  const kept = readFileSync(file, 'utf8')
  writeFileSync(`${file}.new`, kept.slice(0, 5))
  const cut = JSON.parse(kept) as LogOffset
  const reopened = new ShapeLog(folder, bounds)
  expect(reopened.isCut({ lsn: cut.lsn - 1, op: 0 })).toBe(true)
  expect(readAll(reopened, cut)[0]).toBe(`${cut.lsn + 1}_0`)
})

test.each(['-1', '0_0', '0_12', '0_inf', '26689120_4'])('offset %s is read and written back as it was', (text) => {
  expect(formatOffset(parseOffset(text) ?? { lsn: 0, op: 0 })).toBe(text)
})

test.each(['', 'abc', '1', '-2', '1_', '_1', '1_-1', '1_2_3', ' 1_2', '1_2 ', '1e3_0', 'inf_0', '0x1_0'])('offset "%s" is refused', (text) => {
  expect(parseOffset(text)).toBeUndefined()
})

test('a snapshot knows its transactions across the wrap-around of 32-bit ids', () => {
  const epoch = 2 ** 32
  const snapshot = parseSnapshot(`${epoch - 2}:${epoch + 3}:${epoch - 2},${epoch + 1}`, 0)
  const visible = [epoch - 3, epoch - 2, epoch - 1, epoch, epoch + 1, epoch + 2, epoch + 3].map(xid => isVisible(snapshot, xid % epoch))
  expect(visible).toEqual([true, false, true, true, false, true, false])
})
