import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { startGiven } from '../../../../embedded/start-given'
import { LonePostgres } from '../../../../embedded/test/lone-postgres'
import { SECRET } from './secret'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))

export interface StackFacts {
  electricUrl: string
  adminUrl: string
  ownerUrl: string
  appUrl: string
  /** A copy of the built server: a build that runs meanwhile does not change it, and it shows that it can be moved. */
  server: string
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: StackFacts
  }
}

/** Builds what is older than its sources, then starts the stack that all files share. */
export default async function setup(project: TestProject) {
  await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const folder = await mkdtemp(join(tmpdir(), 'mvdb-server-'))
  await cp(join(root, 'apps/web/.output'), join(folder, 'output'), { recursive: true, verbatimSymlinks: true })
  // Started by root, PostgreSQL runs as another user, who must be able to come to its data.
  await chmod(folder, 0o711)
  const postgres = await LonePostgres.start(join(folder, 'postgres'))
  const shapes = await startGiven({ port: 0, databaseUrl: postgres.adminUrl(), dataDir: join(folder, 'shapes'), secret: SECRET, longPollMs: 3_000, offsetPastEndMs: 300 })
  project.provide('stack', {
    electricUrl: shapes.url, adminUrl: postgres.adminUrl(), ownerUrl: postgres.ownerUrl, appUrl: postgres.appUrl,
    server: join(folder, 'output/server/start.mjs'),
  })
  return async () => {
    await shapes.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
