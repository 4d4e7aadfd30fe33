// One stack on one data folder. Two would stop each other's server and write one shape log twice.
import { linkSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { StackError } from '../errors.ts'
import { identityOf, isAlive } from './processes.ts'

interface Holder { pid: number, identity: string }

// One process may start two stacks (tests do); its own pid then says nothing.
const heldHere = new Set<string>()

/**
 * Takes the lock of a data folder and returns how to give it back.
 * A lock whose holder is dead, or whose pid now belongs to another process, is taken over.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true })
  // By its real path: a folder reached through a link is the same folder.
  const file = path.join(realpathSync(dataDir), 'stack.lock')
  if (heldHere.has(file)) throw inUse(dataDir, process.pid)
  const mine = `${file}.${randomUUID()}`
  writeFileSync(mine, JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) } satisfies Holder))
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        // A hard link is made whole or not at all, and never replaces what is there.
        linkSync(mine, file)
        heldHere.add(file)
        return () => {
          heldHere.delete(file)
          rmSync(file, { force: true })
        }
      }
      catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      }
      const holder = readHolder(file)
      if (holder && isHeld(holder)) throw inUse(dataDir, holder.pid)
      setAside(file)
    }
    throw inUse(dataDir, 0)
  }
  finally {
    rmSync(mine, { force: true })
  }
}

function inUse(dataDir: string, pid: number): StackError {
  return new StackError('data_in_use', `Another embedded stack${pid ? ` (process ${pid})` : ''} is using ${dataDir}: stop it, or pass --data with another folder.`)
}

function readHolder(file: string): Holder | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof parsed === 'object' && parsed && 'pid' in parsed && typeof parsed.pid === 'number') {
      return { pid: parsed.pid, identity: 'identity' in parsed && typeof parsed.identity === 'string' ? parsed.identity : '' }
    }
  }
  catch { /* vanished or torn: nobody holds it */ }
  return undefined
}

function isHeld(holder: Holder): boolean {
  if (holder.pid === process.pid) return false
  return isAlive(holder.pid) && identityOf(holder.pid) === holder.identity
}

/** Moves a dead lock away; if a living one slipped in between look and move, it is put back. */
function setAside(file: string): void {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
  }
  catch {
    return
  }
  const holder = readHolder(aside)
  if (holder && isHeld(holder)) {
    try {
      linkSync(aside, file)
    }
    catch { /* a third one took it: the loop looks again */ }
  }
  rmSync(aside, { force: true })
}
