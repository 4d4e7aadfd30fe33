import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** So many of the backups that are made by themselves. */
export const BACKUPS_KEPT = 5

const AUTOMATIC = /^before-.+\.backup$/

/** Removes the oldest automatic backups of a folder; these files, the first made just now, and those of other names stay. */
export function pruneBackups(folder: string, ...stay: string[]): void {
  const files = readdirSync(folder).filter(name => AUTOMATIC.test(name)).map(name => join(folder, name)).filter(file => !stay.includes(file))
  const byAge = files.map(file => ({ file, at: statSync(file).mtimeMs })).toSorted((a, b) => b.at - a.at)
  for (const { file } of byAge.slice(BACKUPS_KEPT - 1)) rmSync(file, { force: true })
}
