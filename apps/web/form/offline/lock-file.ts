import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'

/** Of this process: another one may have its number after a restart. */
const me = () => `${process.pid} ${performance.timeOrigin}`

/**
 * Makes a file this process's, until it is given back or the process is gone. Out: how to give it back.
 * @throws where another process that is alive has it
 */
export async function holdFile(file: string): Promise<() => Promise<void>> {
  const mine = `${file}.${randomUUID()}`
  await writeFile(mine, me())
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      // A hard link is made whole or not at all, and never replaces what is there.
      if (await link(mine, file).then(() => true, isThere)) return () => rm(file, { force: true })
      const holder = await readFile(file, 'utf8').catch(() => '')
      if (isAlive(holder)) throw new Error(`These leads are open already, in process ${Number.parseInt(holder)}: one program at a time. Where that is none of yours, delete ${file}.`)
      await setAside(file)
    }
    throw new Error(`These leads are being opened by several programs at once: one at a time. Try again.`)
  }
  finally {
    await rm(mine, { force: true })
  }
}

function isThere(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error
  return false
}

function isAlive(holder: string): boolean {
  const pid = Number.parseInt(holder)
  if (!(pid > 0)) return false
  if (pid === process.pid) return holder === me()
  try {
    return process.kill(pid, 0)
  }
  catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Moves a dead one's away; one that is alive and came between look and move is put back. */
async function setAside(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`
  if (!await rename(file, aside).then(() => true, () => false)) return
  if (isAlive(await readFile(aside, 'utf8'))) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}
