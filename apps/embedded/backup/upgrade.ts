// Data of an older major of PostgreSQL into a cluster of this one.
//
//   postgres/cluster (17) --dump, load beside, check--> postgres/next/cluster (18), postgres/next/checked
//     --rename--> postgres/cluster-17 and no postgres/cluster --rename--> postgres/cluster (18)
//
// Killed before the first rename, it is begun anew; between the two, run again, it makes the second.
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { StackError } from '../errors.ts'
import { type Binaries, findBinaries } from '../postgres/binaries.ts'
import { Cluster } from '../postgres/cluster.ts'
import { credentialsOf } from '../postgres/credentials.ts'
import { lockDataDir } from '../postgres/lock.ts'
import { majorOf, majorOfData, refuseOtherMajor } from '../postgres/major.ts'
import { type Placement, place } from '../postgres/placement.ts'
import { backUp, leftOutOf } from './backup.ts'
import { restore } from './restore.ts'
import type { Schema } from './schema.ts'
import { noData, requireData, withCluster } from './server.ts'
import { flushFolder } from './write.ts'

export interface UpgradeOptions {
  dataDir: string
  schema: Schema
  /** The programs of another major. */
  programs: (major: number) => Promise<Binaries>
  /** Whether what is not the project's may stay behind in the old data. */
  leaveOthers: boolean
  onProgress?: (said: string) => void
}

/** `old` is where the old data are kept; nothing where there was nothing to do. */
export interface Upgraded { from: number, to: number, old?: string }

/**
 * Takes the data of a folder to the major of this version's programs. The old data stay beside.
 * @throws a StackError: `no_data`, `data_in_use`, `not_ours`, `other_major`, and what backup and restore refuse with
 */
export async function upgrade(options: UpgradeOptions): Promise<Upgraded> {
  requireData(options.dataDir)
  const unlock = lockDataDir(options.dataDir)
  try {
    return await upgradeLocked(options)
  }
  finally {
    unlock()
  }
}

async function upgradeLocked(options: UpgradeOptions): Promise<Upgraded> {
  const { dataDir } = options
  const binaries = findBinaries()
  const placement = place(dataDir, binaries)
  const { data } = placement
  if (!existsSync(path.join(data, 'initialised'))) throw noData(dataDir)
  const to = majorOf(binaries)
  const from = majorOfData(data)
  if (from === undefined) {
    await finish(data, dataDir)
    return { from: to, to }
  }
  if (from > to) refuseOtherMajor(data, binaries, dataDir)
  if (from === to) {
    rmSync(path.join(data, 'next'), { recursive: true, force: true })
    return { from, to }
  }
  const file = path.join(dataDir, 'backups', `upgrade-${from}-to-${to}.backup`)
  const hasRows = await dumpOld(options, data, from, file)
  await loadNew(options, placement, hasRows ? file : undefined)
  const old = freeName(path.join(data, `cluster-${from}`))
  renameSync(path.join(data, 'cluster'), old)
  await finish(data, dataDir)
  return { from, to, old }
}

/** Out: whether there is anything to be loaded. */
async function dumpOld({ dataDir, schema, programs, leaveOthers, onProgress }: UpgradeOptions, data: string, from: number, file: string): Promise<boolean> {
  const credentials = credentialsOf(dataDir, '')
  const cluster = new Cluster({ placement: { ...place(dataDir, await programs(from)), data }, dataDir, password: credentials.superuser })
  return await withCluster(cluster, credentials, async (access) => {
    const others = await leftOutOf(access, schema)
    if (others.length && !leaveOthers) {
      throw new StackError('not_ours', `The database also holds ${others.join(', ')}, which no migration of this project makes and the upgrade would not take along: move it elsewhere, or say --leave-others to find it in the old data only. Nothing was changed.`)
    }
    try {
      await backUp(access, { schema, file, ...(onProgress ? { onProgress: said => onProgress(`Reading PostgreSQL ${from}: ${said}`) } : {}) })
      return true
    }
    catch (error) {
      if (error instanceof StackError && error.code === 'nothing_to_back_up') return false
      throw error
    }
  })
}

/** Every table is held against the file before anything is in its place. */
async function loadNew({ dataDir, schema, onProgress }: UpgradeOptions, placement: Placement, file: string | undefined): Promise<void> {
  const next = path.join(placement.data, 'next')
  rmSync(next, { recursive: true, force: true })
  mkdirSync(next, { mode: 0o700 })
  if (placement.ids) chownSync(next, placement.ids.uid, placement.ids.gid)
  chmodSync(next, 0o700)
  const credentials = credentialsOf(dataDir, '')
  const cluster = new Cluster({ placement: { ...placement, data: next }, dataDir, password: credentials.superuser })
  await withCluster(cluster, credentials, async (access) => {
    if (file) await restore(access, { schema, file, present: 'discard', ...(onProgress ? { onProgress } : {}) })
  })
  writeFileSync(path.join(next, 'checked'), '', { flush: true })
  await flushFolder(next)
}

/** The second rename, with the old data out of the way. */
async function finish(data: string, dataDir: string): Promise<void> {
  const next = path.join(data, 'next')
  if (!existsSync(path.join(next, 'checked'))) {
    throw new StackError('upgrade_not_ended', `The data in ${dataDir} are incomplete: ${path.join(data, 'cluster')} is missing. Put it back from a copy, or restore a backup into another folder with pnpm embedded:restore --data.`)
  }
  renameSync(path.join(next, 'cluster'), path.join(data, 'cluster'))
  await flushFolder(data)
  rmSync(next, { recursive: true, force: true })
}

function freeName(wanted: string): string {
  let name = wanted
  for (let number = 2; existsSync(name); number++) name = `${wanted}-${number}`
  return name
}
