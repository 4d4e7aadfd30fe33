// The major version of data and programs: PostgreSQL runs on the data of its own major only.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { StackError } from '../errors.ts'
import type { Binaries } from './binaries.ts'

/** The major of the data in a placement; nothing where there are none. */
export function majorOfData(data: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path.join(data, 'cluster', 'PG_VERSION'), 'utf8'), 10)
  }
  catch {
    return undefined
  }
}

/** The packages have PostgreSQL's own version in theirs. */
export function majorOf(binaries: Binaries): number {
  return Number.parseInt(binaries.version, 10)
}

/** Throws a StackError, with the cure, where the data are of another major, or an upgrade was ended in the middle of its last step. */
export function refuseOtherMajor(data: string, binaries: Binaries, dataDir: string): void {
  const found = majorOfData(data)
  const major = majorOf(binaries)
  if (found === major || (found === undefined && !existsSync(path.join(data, 'initialised')))) return
  const cure = `Run pnpm embedded:upgrade --data ${dataDir} once`
  if (found === undefined) throw new StackError('upgrade_not_ended', `The data in ${dataDir} are in the middle of an upgrade that was stopped. ${cure}, which ends it, then start again.`)
  if (found > major) throw new StackError('other_major', `The data in ${dataDir} are of PostgreSQL ${found}, newer than the ${major} of this version: start the newer version of this project that made them.`)
  throw new StackError('other_major', `The data in ${dataDir} are of PostgreSQL ${found}, and this version brings PostgreSQL ${major}. ${cure}, which takes them along and keeps the old ones, then start again.`)
}
