// A file that is there whole or not at all.
import { createWriteStream, readdirSync, rmSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { platform } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { StackError } from '../errors.ts'
import { isAlive } from '../postgres/processes.ts'

/** Beyond it a backup takes much longer and is hardly smaller. */
const LEVEL = 4

/**
 * Packs what `content` yields into `file`, readable by its owner only. Written beside it and renamed once it is on the
 * disk: until then what `file` was before stays as it was, also when this process is killed.
 * @throws a StackError `backup_not_written` where the disk does not take it, and what `content` throws
 */
export async function writeWhole(file: string, content: AsyncIterable<Buffer>): Promise<void> {
  const folder = path.dirname(file)
  const part = `${file}.${process.pid}.part`
  let contentFailed = false
  async function* watched(): AsyncGenerator<Buffer> {
    try {
      yield* content
    }
    catch (error) {
      contentFailed = true
      throw error
    }
  }
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    removeLeft(file)
    await pipeline(watched(), createGzip({ level: LEVEL }), createWriteStream(part, { mode: 0o600, flags: 'wx', flush: true }))
    await rename(part, file)
    await flushFolder(folder)
  }
  catch (error) {
    await rm(part, { force: true }).catch(() => {})
    if (contentFailed) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new StackError('backup_not_written', `${file} could not be written (${code}): make room, or give a file in a folder that this account may write to.`)
  }
}

/** A rename is on the disk once its folder is. */
export async function flushFolder(folder: string): Promise<void> {
  // Windows opens no folder, and flushes names by itself.
  if (platform() === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  }
  finally {
    await handle.close()
  }
}

/** What killed processes began under this name. */
function removeLeft(file: string): void {
  const folder = path.dirname(file)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${path.basename(file)}.`) || !name.endsWith('.part')) continue
    const pid = Number(name.slice(path.basename(file).length + 1, -'.part'.length))
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(path.join(folder, name), { force: true })
  }
}
