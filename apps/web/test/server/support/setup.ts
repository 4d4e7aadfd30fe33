import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../../../embedded/start'
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
  const embedded = await startEmbedded({ port: 0, pgPort: 0, dataDir: join(folder, 'data'), secret: SECRET, longPollMs: 3_000, offsetPastEndMs: 300 })
  project.provide('stack', {
    electricUrl: embedded.url, adminUrl: embedded.adminUrl, ownerUrl: embedded.ownerUrl, appUrl: embedded.appUrl,
    server: join(folder, 'output/server/start.mjs'),
  })
  return async () => {
    await embedded.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
