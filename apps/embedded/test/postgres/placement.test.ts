// Where the server's files go, as root and from a clone that nobody else can enter.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { findBinaries } from '../../postgres/binaries.ts'
import { lockDataDir } from '../../postgres/lock.ts'
import { place } from '../../postgres/placement.ts'
import { ask, readToEnd, removeFolder, startStack, temporaryFolder } from '../stack.ts'

const asRoot = process.getuid?.() === 0
const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** A folder inside one that only its owner may enter, as a clone below /root is. */
function closedFolder(): string {
  const parent = mkdtempSync(path.join(tmpdir(), 'embedded-closed-'))
  cleanUps.push(() => removeFolder(parent))
  expect(statSync(parent).mode & 0o077).toBe(0)
  return path.join(parent, 'data')
}

describe.runIf(asRoot)('as root', () => {
  test('a data folder that others cannot enter: placed outside, told, found again at the next start with its rows and handles', async () => {
    const dataDir = closedFolder()
    const first = await startStack({ dataDir })
    const outside = first.placedOutside ?? ''
    cleanUps.push(() => rmSync(path.dirname(outside), { recursive: true, force: true }))
    expect(outside).not.toContain(path.dirname(dataDir))
    await first.sql('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)')
    const before = await readToEnd(first, { table: 't' })
    await first.stop()

    const second = await startStack({ dataDir })
    cleanUps.push(() => second.stop())
    expect(second.placedOutside).toBe(outside)
    expect(readFileSync(path.join(dataDir, 'placement.json'), 'utf8')).toContain(outside)
    const after = await ask(second, { table: 't', handle: before.handle, offset: before.offset })
    expect(after).toMatchObject({ status: 200, handle: before.handle })
  })

  test.each([
    ['that others cannot reach', 0o022],
    ['that were installed under a umask that shuts everyone out', 0o077],
  ])('binaries %s are copied to where others can run them, once', (_, mask) => {
    const closed = closedFolder()
    const { root, version } = findBinaries()
    const before = process.umask(mask)
    cleanUps.push(() => process.umask(before))
    mkdirSync(closed)
    cpSync(root, path.join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    if (mask === 0o077) spawnSync('chmod', ['-R', 'go=', path.join(closed, 'native')])
    const binaries = { root: path.join(closed, 'native'), version: `${version}-test-${process.pid}` }
    const dataDir = temporaryFolder()
    cleanUps.push(() => removeFolder(dataDir))
    const placed = place(dataDir, binaries)
    cleanUps.push(() => removeFolder(placed.binaries))
    expect(placed.binaries).not.toBe(binaries.root)
    const made = statSync(placed.binaries).ino
    expect(place(dataDir, binaries).binaries).toBe(placed.binaries)
    expect(statSync(placed.binaries).ino).toBe(made)
  })

  test('starts at the same time on a machine that has no copy of them: none takes them from under another', { timeout: 60_000 }, async () => {
    const { root } = findBinaries()
    const version = `0-race-${process.pid}`
    const closed = closedFolder()
    mkdirSync(closed)
    cpSync(root, path.join(closed, 'native'), { recursive: true, verbatimSymlinks: true })
    // Each says what it placed, and then looks for a program in it again and again until all have.
    const source = `
      const { place } = await import(${JSON.stringify(new URL('../../postgres/placement.ts', import.meta.url).href)})
      const { existsSync } = await import('node:fs')
      const { binaries } = place(process.argv[1], ${JSON.stringify({ root: path.join(closed, 'native'), version })})
      console.log(binaries)
      let isOver = false
      process.stdin.on('data', () => { isOver = true })
      let missing = 0
      while (!isOver) {
        for (let n = 0; n < 500; n++) if (!existsSync(binaries + '/bin/initdb')) missing++
        await new Promise(resolve => setImmediate(resolve))
      }
      console.log('missing ' + missing)
      process.exit(0)`
    const starts = Array.from({ length: 3 }, () => {
      const dataDir = temporaryFolder()
      cleanUps.push(() => removeFolder(dataDir))
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
      cleanUps.push(() => child.kill('SIGKILL'))
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
    })
    const placed = await Promise.all(starts.map(async ({ lines }) => String((await lines.next()).value)))
    cleanUps.push(() => removeFolder(placed[0] ?? ''))
    expect(new Set(placed).size).toBe(1)
    for (const { child } of starts) child.stdin.write('over')
    expect(await Promise.all(starts.map(async ({ lines }) => String((await lines.next()).value)))).toEqual(starts.map(() => 'missing 0'))
    expect(readdirSync(path.dirname(placed[0] ?? '')).filter(name => name.startsWith(`postgresql-${version}`))).toEqual([`postgresql-${version}`])
  })

  test('the server runs as another user, and its data is closed to everyone else', () => {
    const dataDir = temporaryFolder()
    cleanUps.push(() => removeFolder(dataDir))
    const placed = place(dataDir, findBinaries())
    expect(placed.ids?.uid).not.toBe(0)
    expect(statSync(placed.data)).toMatchObject({ uid: placed.ids?.uid })
    expect(statSync(placed.data).mode & 0o777).toBe(0o700)
  })
})

test('an ordinary user: binaries as they are, data inside the folder', () => {
  const dataDir = closedFolder()
  mkdirSync(dataDir)
  const placed = place(dataDir, findBinaries(), false)
  expect(placed).toEqual({ binaries: findBinaries().root, data: path.join(dataDir, 'postgres'), outside: false })
})

describe('the lock of a data folder', () => {
  test('a lock left by a killed process, or whose number belongs to another one now, is taken over', () => {
    const dataDir = temporaryFolder()
    cleanUps.push(() => removeFolder(dataDir))
    const file = path.join(dataDir, 'stack.lock')
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, identity: 'x' }))
    lockDataDir(dataDir)()
    writeFileSync(file, JSON.stringify({ pid: process.ppid, identity: 'of an earlier process' }))
    lockDataDir(dataDir)()
    writeFileSync(file, '')
    lockDataDir(dataDir)()
    expect(existsSync(file)).toBe(false)
  })

  test('twice in one process is refused, also by another way to write the path', () => {
    const dataDir = temporaryFolder()
    cleanUps.push(() => removeFolder(dataDir))
    const unlock = lockDataDir(dataDir)
    const other = `${dataDir}-link`
    symlinkSync(dataDir, other)
    cleanUps.push(() => rmSync(other))
    expect(() => lockDataDir(`${dataDir}/.`)).toThrow(/Another embedded stack/)
    expect(() => lockDataDir(other)).toThrow(/Another embedded stack/)
    unlock()
    lockDataDir(dataDir)()
  })
})

test('a cluster whose making was killed in the middle is made again', async () => {
  const dataDir = temporaryFolder()
  cleanUps.push(() => removeFolder(dataDir))
  const { data, ids } = place(dataDir, findBinaries())
  mkdirSync(path.join(data, 'cluster', 'base'), { recursive: true })
  writeFileSync(path.join(data, 'cluster', 'PG_VERSION'), '18\n')
  chmodSync(path.join(data, 'cluster'), 0o700)
  expect(ids !== undefined).toBe(asRoot)
  const stack = await startStack({ dataDir })
  expect((await stack.sql('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await stack.stop()
})

test('passwords: the roles\' are random and readable by their owner only, the superuser\'s can be changed at a later start', async () => {
  const dataDir = temporaryFolder()
  cleanUps.push(() => removeFolder(dataDir))
  const first = await startStack({ dataDir })
  expect(new URL(first.adminUrl).password).toBe('password')
  expect(new URL(first.appUrl).password).toMatch(/^[0-9a-f]{48}$/)
  for (const name of ['credentials.json', 'shapes', 'postgres.log']) expect([name, statSync(path.join(dataDir, name)).mode & 0o077]).toEqual([name, 0])
  await first.stop()
  const second = await startStack({ dataDir, password: 'another one' })
  expect(new URL(second.adminUrl).password).toBe('another%20one')
  expect(second.appUrl.split('@')[0]).toBe(first.appUrl.split('@')[0])
  await second.stop()
})
