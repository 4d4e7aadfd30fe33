// Where the server runs from and where its files lie.
//
// PostgreSQL refuses to run as root, so root starts it as another user. That user must be able to enter
// every folder above the binaries and the data; a clone below /root or in a `mktemp -d` (mode 0700) is closed
// to it. Then both are placed outside the clone, and `placement.json` in the data folder remembers where.
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createHash } from 'node:crypto'
import { StackError } from '../errors.ts'
import { type Binaries, program } from './binaries.ts'

/** The uid and gid of `nobody` on every Linux we know; it owns nothing else of ours. */
const SERVER_ID = 65534
const OUTSIDE = '/var/lib/multi-vendor-db'

/** Everything needed to spawn the server. `ids` is set when it must run as another user. */
export interface Placement {
  binaries: string
  data: string
  ids?: { uid: number, gid: number }
  /** True when binaries or data had to be put outside the data folder. */
  outside: boolean
}

/**
 * Decides the placement for a data folder and creates what is missing. The folder must exist.
 * `asRoot` is for tests; by default it is whether this process is root.
 */
export function place(dataDir: string, binaries: Binaries, asRoot = process.getuid?.() === 0): Placement {
  const inside = path.join(dataDir, 'postgres')
  if (!asRoot) {
    mkdirSync(inside, { recursive: true, mode: 0o700 })
    return { binaries: binaries.root, data: inside, outside: false }
  }
  const ids = { uid: SERVER_ID, gid: SERVER_ID }
  const remembered = readRemembered(dataDir)
  let data = inside
  if (remembered) data = remembered
  else if (!existsSync(inside) && !canEnter(dataDir)) data = outsideFolder(dataDir)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  chownSync(data, ids.uid, ids.gid)
  chmodSync(data, 0o700)
  const root = canRun(binaries.root, ids) ? binaries.root : copyOutside(binaries, ids)
  return { binaries: root, data, ids, outside: data !== inside || root !== binaries.root }
}

/** Whether others may pass through this folder and all above it. */
function canEnter(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (at === path.dirname(at)) return true
  }
}

function canRun(root: string, ids: { uid: number, gid: number }): boolean {
  return spawnSync(program(root, 'postgres'), ['--version'], { ...ids, cwd: '/', stdio: 'ignore' }).status === 0
}

function rememberedFile(dataDir: string): string {
  return path.join(dataDir, 'placement.json')
}

function readRemembered(dataDir: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(rememberedFile(dataDir), 'utf8'))
    if (typeof parsed === 'object' && parsed && 'data' in parsed && typeof parsed.data === 'string' && existsSync(parsed.data)) return parsed.data
  }
  catch { /* not placed outside yet */ }
  return undefined
}

/** A new folder outside the clone. Its name is not guessable from the clone alone: a deleted data folder means a fresh start. */
function outsideFolder(dataDir: string): string {
  const base = outsideBase()
  const name = createHash('sha256').update(path.resolve(dataDir)).digest('hex').slice(0, 12)
  const folder = mkdtempSync(path.join(base, `${name}-`))
  chmodSync(folder, 0o755)
  const data = path.join(folder, 'data')
  writeFileSync(rememberedFile(dataDir), JSON.stringify({ data }))
  return data
}

function outsideBase(): string {
  for (const base of [OUTSIDE, path.join(tmpdir(), 'multi-vendor-db')]) {
    try {
      // The mode of `mkdir` is less the umask, and a careful root's is 077.
      if (mkdirSync(base, { recursive: true })) chmodSync(base, 0o755)
      if (canEnter(base)) return base
    }
    catch { /* read-only file system: try the next */ }
  }
  throw new StackError('no_place', `PostgreSQL cannot run as root, and no folder that another user can enter was found: tried ${OUTSIDE} and ${tmpdir()}. Start as an ordinary user, or pass --data with a folder that others may enter.`)
}

/** Copies the installation once a version; a half-made copy is never seen under the final name. */
function copyOutside(binaries: Binaries, ids: { uid: number, gid: number }): string {
  const target = path.join(outsideBase(), `postgresql-${binaries.version}`)
  if (existsSync(target) && canRun(target, ids)) return target
  const half = mkdtempSync(`${target}.`)
  cpSync(binaries.root, half, { recursive: true, verbatimSymlinks: true })
  openToOthers(half)
  putInPlace(half, target, ids)
  if (!canRun(target, ids)) throw new StackError('no_place', `PostgreSQL's programs do not start from ${target}: check that its file system allows programs to run.`)
  return target
}

/** Another start may have put its copy there meanwhile, and run from it: one that runs is never taken away. */
function putInPlace(half: string, target: string, ids: { uid: number, gid: number }): void {
  const broken = `${half}.broken`
  try {
    if (existsSync(target) && !canRun(target, ids)) {
      renameSync(target, broken)
      // Another start may have mended it between the look and the taking.
      if (canRun(broken, ids)) renameSync(broken, target)
    }
    // Fails where there is one.
    renameSync(half, target)
  }
  catch (error) {
    if (!existsSync(target)) throw error
  }
  finally {
    for (const left of [half, broken]) rmSync(left, { recursive: true, force: true })
  }
}

/** Lets everyone read a folder with all that is in it, and run what its owner may run: packages that were unpacked under umask 077 are their owner's alone. */
function openToOthers(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) openToOthers(file)
    else if (entry.isFile()) chmodSync(file, statSync(file).mode & 0o100 ? 0o755 : 0o644)
  }
}
