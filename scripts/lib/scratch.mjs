import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const NAME = /^mvdb-scratch-(\d+)-/
/** Several times what the tests hold at once; elsewhere (a container's 64 MB, a small machine) the disk is the place. */
const ROOM_BYTES = 8 * 2 ** 30

/**
 * A folder for what tests make (databases, browser profiles), in memory where there is much of it: PostgreSQL and
 * browsers wait for the disk at each commit, and the conformance tests take half as long without one. Removed at the end;
 * what a killed run left goes with the next.
 * @template T
 * @param {(folder: string) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withScratch(work) {
  const place = await hasRoom() ? MEMORY : tmpdir()
  await removeLeft(place)
  const folder = await mkdtemp(join(place, `mvdb-scratch-${process.pid}-`))
  // As any folder of temporary files: PostgreSQL runs as another user where we are root.
  await chmod(folder, 0o1777)
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  try { return await work(folder) }
  finally { await remove().catch(() => {}) }
}

async function hasRoom() {
  if (!existsSync(MEMORY)) return false
  const { bavail, bsize } = await statfs(MEMORY)
  return Math.min(bavail * bsize, freemem()) > ROOM_BYTES
}

async function removeLeft(place) {
  for (const name of await readdir(place)) {
    const [, pid] = NAME.exec(name) ?? []
    if (pid && !isAlive(Number(pid))) await rm(join(place, name), { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  }
  catch (error) {
    return error.code === 'EPERM'
  }
}
