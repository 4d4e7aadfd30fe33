import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const isRunning = (pid) => {
  try { return process.kill(pid, 0) }
  catch (error) { return error.code === 'EPERM' }
}

/**
 * Does work while no other process of this clone does the same; waits for its turn. A lock whose holder was killed
 * is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true })
  for (let said = false; ; said = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    }
    catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = readHolder(file)
    if (holder !== undefined && !isRunning(holder)) rmSync(file, { force: true })
    else {
      if (!said) console.log('Waiting for another build of this clone to end …')
      await delay(200)
    }
  }
  try { return await work() }
  finally { rmSync(file, { force: true }) }
}

/** The process that holds the lock; undefined where it has just been given back, or is not written yet. */
function readHolder(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return pid > 0 ? pid : undefined
  }
  catch { return undefined }
}
