// Data of PostgreSQL 17 under a version that brings 18.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withCluster, withServer } from '../../backup/server.ts'
import { upgrade } from '../../backup/upgrade.ts'
import { messageOf } from '../../errors.ts'
import { Cluster } from '../../postgres/cluster.ts'
import { credentialsOf } from '../../postgres/credentials.ts'
import { programsOf } from '../../postgres/other-major.ts'
import { place } from '../../postgres/placement.ts'
import { OWNER_ROLE, urlOf } from '../../postgres/roles.ts'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { ROOT } from '../../../../scripts/lib/paths.mjs'
import { runMain } from '../process.ts'
import { removeFolder, startStack, temporaryFolder } from '../stack.ts'
import { never, runUntil } from './killed.ts'
import { FIRST, ROWS, contentOf, run, testSchema } from './schema.ts'

const schema = testSchema()
/** Fetched once a clone; where npm cannot be reached, the reason. */
const PROGRAMS = path.join(ROOT, '.data/build')
const old = await programsOf(17, PROGRAMS, () => {}).catch((error: unknown) => messageOf(error))
let made: string
let there: Awaited<ReturnType<typeof contentOf>>
const folders: string[] = []

beforeAll(async () => {
  if (typeof old === 'string') return
  made = temporaryFolder()
  folders.push(made)
  const credentials = credentialsOf(made, 'password')
  await withCluster(new Cluster({ placement: place(made, old), dataDir: made, password: credentials.superuser }), credentials, async ({ server }) => {
    await schema.make(urlOf(server, OWNER_ROLE, credentials.owner), FIRST, [])
    await run(urlOf(server, OWNER_ROLE, credentials.owner), ROWS)
    there = await contentOf(urlOf(server, 'postgres', credentials.superuser))
  })
})
afterAll(() => {
  for (const folder of folders) removeFolder(folder)
})

function data17(): string {
  const folder = temporaryFolder()
  folders.push(folder)
  // With their owner, which is not ours where we are root.
  execFileSync('cp', ['-a', `${made}/.`, folder])
  return folder
}

const version = (folder: string, name = 'cluster') => readFileSync(path.join(folder, 'postgres', name, 'PG_VERSION'), 'utf8').trim()
const upgraded = (dataDir: string) => upgrade({ dataDir, schema, programs: major => programsOf(major, PROGRAMS, () => {}), leaveOthers: false })

async function holdsEverything(dataDir: string): Promise<void> {
  const stack = await startStack({ dataDir })
  try {
    expect(await contentOf(stack.adminUrl)).toEqual(there)
    await run(stack.adminUrl, 'DELETE FROM kept.log')
    expect((await stack.sql(`INSERT INTO every_type (t) VALUES ('next') RETURNING id`)).rows).toEqual([{ id: '3006' }])
  }
  finally {
    await stack.stop()
  }
}

describe.skipIf(typeof old === 'string')(typeof old === 'string' ? `skipped: ${old}` : 'data of PostgreSQL 17', () => {
  test('data of another major are refused with the cure, by the stack and by the commands, and stay as they are', async () => {
    const dataDir = data17()
    const started = await runMain(['--port', '0', '--pg-port', '0', '--data', dataDir, '--insecure'])
    expect(started).toMatchObject({ code: 1, stderr: `The data in ${dataDir} are of PostgreSQL 17, and this version brings PostgreSQL 18. Run pnpm embedded:upgrade --data ${dataDir} once, which takes them along and keeps the old ones, then start again.\n` })
    await expect(withServer({ dataDir }, () => Promise.resolve())).rejects.toMatchObject({ code: 'other_major' })
    expect(version(dataDir)).toBe('17')
  })

  test('the upgrade takes everything along, keeps the old data, and has nothing to do a second time', async () => {
    const dataDir = data17()
    expect(await upgraded(dataDir)).toEqual({ from: 17, to: 18, old: path.join(dataDir, 'postgres/cluster-17') })
    expect([version(dataDir), version(dataDir, 'cluster-17')]).toEqual(['18', '17'])
    expect(readdirSync(path.join(dataDir, 'postgres')).toSorted()).toEqual(['cluster', 'cluster-17', 'initialised'])
    expect(readdirSync(path.join(dataDir, 'backups'))).toEqual(['upgrade-17-to-18.backup'])
    expect(await upgraded(dataDir)).toEqual({ from: 18, to: 18 })
    await holdsEverything(dataDir)
  }, 60_000)

  test('what no migration makes is not left behind without a word', async () => {
    const dataDir = data17()
    const credentials = credentialsOf(dataDir, '')
    const placement = place(dataDir, await programsOf(17, PROGRAMS, () => {}))
    await withCluster(new Cluster({ placement, dataDir, password: credentials.superuser }), credentials, ({ server }) =>
      run(urlOf(server, OWNER_ROLE, credentials.owner), 'CREATE TABLE own_notes (id int)'))
    await expect(upgraded(dataDir)).rejects.toThrow(/^The database also holds the table public\.own_notes, .*--leave-others/)
    expect(version(dataDir)).toBe('17')
    expect(existsSync(path.join(dataDir, 'postgres/next'))).toBe(false)
  })

  test('killed at any step, it is run again and ends; no start in between makes an empty database', { tags: [SOAK], timeout: 120_000 }, async () => {
    const dataDir = data17()
    const at = (...names: string[]) => existsSync(path.join(dataDir, ...names))
    const steps: [string, () => boolean][] = [
      ['the old server runs', () => at('postgres/cluster/postmaster.pid')],
      ['the dump is written', () => at('backups/upgrade-17-to-18.backup')],
      ['the new cluster is made', () => at('postgres/next/cluster/PG_VERSION')],
      ['the new server runs', () => at('postgres/next/cluster/postmaster.pid')],
      ['the new data are checked', () => at('postgres/next/checked')],
    ]
    for (const [step, reached] of steps) {
      const { said } = await runUntil(['upgrade', dataDir, PROGRAMS], async (ended) => {
        while (!ended() && !reached()) await sleep(2)
      })
      expect(reached() || at('postgres/cluster-17'), `${step}: ${said}`).toBe(true)
      if (at('postgres/cluster-17')) break
      const started = await runMain(['--port', '0', '--pg-port', '0', '--data', dataDir, '--insecure'])
      expect(started.stderr, step).toMatch(/pnpm embedded:upgrade/)
    }
    expect(await runUntil(['upgrade', dataDir, PROGRAMS], never)).toMatchObject({ killed: false, code: 0 })
    await holdsEverything(dataDir)
  })

  test('killed between its two renames, the start is refused with the cure, and the upgrade ends what it began', { tags: [SOAK], timeout: 60_000 }, async () => {
    const dataDir = data17()
    await upgraded(dataDir)
    // As it was one step before its end.
    const next = path.join(dataDir, 'postgres/next')
    mkdirSync(next)
    renameSync(path.join(dataDir, 'postgres/cluster'), path.join(next, 'cluster'))
    const started = await runMain(['--port', '0', '--pg-port', '0', '--data', dataDir, '--insecure'])
    expect(started).toMatchObject({ code: 1, stderr: expect.stringMatching(/in the middle of an upgrade that was stopped\. Run pnpm embedded:upgrade --data/) as string })
    await expect(upgraded(dataDir)).rejects.toMatchObject({ code: 'upgrade_not_ended' })
    cpSync(path.join(dataDir, 'postgres/initialised'), path.join(next, 'checked'))
    expect(await upgraded(dataDir)).toEqual({ from: 18, to: 18 })
    await holdsEverything(dataDir)
  })
})
