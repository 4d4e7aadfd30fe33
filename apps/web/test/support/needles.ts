import { readdir, readFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { until } from './wait'

/** The browser's own history, in Chromium and in Firefox: the titles of pages that a person saw. No page can take anything out of it. */
const HISTORY = /^Default\/(?:History|Sessions|Favicons|Top Sites|Shortcuts|Visited Links|Network Action Predictor)|^(?:places|favicons)\.sqlite|^sessionstore/

/** A word that nothing else on the disk can hold, and that no compression can take apart: nothing in it repeats. */
export const needle = (): string => randomUUID().replaceAll('-', '')

/**
 * Which files below a folder hold a text, as UTF-8 or as UTF-16: what a purge left behind.
 * @param folder a browser's profile
 * @returns paths below the folder
 */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const forms = [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.filter(each => each.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    const name = path.slice(folder.length + 1)
    if (!HISTORY.test(name) && forms.some(form => bytes.includes(form))) found.push(name)
  }
  return found
}

/** What the issue on purging allows in a connected browser. */
const LIMIT_MS = 30_000

/** Waits until no file below a folder holds a text; a failure names those that do. */
export async function noByteOf(folder: string, text: string): Promise<void> {
  await until(`no file holds ${text}`, async () => {
    const found = await filesWith(folder, text)
    if (found.length > 0) throw new Error(`it is in ${found.join(', ')}`)
    return true
  }, { deadline: LIMIT_MS, every: 500 })
}
