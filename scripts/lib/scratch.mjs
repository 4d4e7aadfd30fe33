import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const NAME = /^mvdb-scratch-(\d+)-/
/** Several times what the tests hold at once; elsewhere (a container's 64 MB, a small machine) the disk is the place. */
const ROOM_BYTES = 8 * 2 ** 30
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * A folder for what tests make (databases, browser profiles), in memory where there is much of it: PostgreSQL and
 * browsers wait for the disk at each commit, and the conformance tests take half as long without one. Removed at the end;
 * what a killed run left goes with the next.
 * @template T
 * @param {(folder: string) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withScratch(work) {
  for (const place of [MEMORY, tmpdir()]) await removeLeft(place)
  const folder = await mkdtemp(join(await hasRoom() ? MEMORY : tmpdir(), `mvdb-scratch-${process.pid}-`))
  // As any folder of temporary files: PostgreSQL runs as another user where we are root.
  await chmod(folder, 0o1777)
  const stop = (signal) => {
    rmSync(folder, { recursive: true, force: true })
    process.removeListener(signal, stop)
    process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.on(signal, stop)
  try { return await work(folder) }
  finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {})
  }
}

async function hasRoom() {
  if (!existsSync(MEMORY)) return false
  const { bavail, bsize } = await statfs(MEMORY)
  return Math.min(bavail * bsize, freemem()) > ROOM_BYTES && runsPrograms()
}

/** Some servers and containers mount it without the right to execute or to write: tests make programs of their own. */
function runsPrograms() {
  let folder
  try {
    folder = mkdtempSync(join(MEMORY, 'mvdb-tried-'))
    const file = join(folder, 'program')
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 })
    accessSync(file, constants.X_OK)
    return true
  }
  catch {
    return false
  }
  finally {
    if (folder) rmSync(folder, { recursive: true, force: true })
  }
}

async function removeLeft(place) {
  // Not there, or not to be read: then there is nothing of ours.
  for (const name of await readdir(place).catch(() => [])) {
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
