import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type IConfiguration, type IReporterOutput } from 'dependency-cruiser'
import { ESLint } from 'eslint'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from './support/command'

const folder = mkdtempSync(join(tmpdir(), 'mvdb-boundaries-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { forbidden = [], options } = createRequire(import.meta.url)(`${ROOT}/.dependency-cruiser.cjs`) as IConfiguration

/** Each rule, with files that break it: path to text. */
const BREAKS: Record<string, Record<string, string>> = {
  'shared-knows-no-side': { 'apps/web/shared/a.ts': 'import \'../server/b\'', 'apps/web/server/b.ts': '' },
  'shared-knows-no-platform': { 'apps/web/shared/a.ts': 'import { ref } from \'vue\'' },
  'shared-knows-no-node': { 'apps/web/shared/a.ts': 'import { readFileSync } from \'node:fs\'' },
  'drizzle-stays-in-the-catalogue': { 'apps/web/app/a.ts': 'import { sql } from \'drizzle-orm\'' },
  'browser-takes-types-of-the-catalogue-only': { 'apps/web/worker/a.ts': 'import { shapes } from \'../shared/catalogue/shapes\'', 'apps/web/shared/catalogue/shapes.ts': 'export const shapes = {}' },
  'page-knows-no-server': { 'apps/web/app/a.ts': 'import \'../server/b\'', 'apps/web/server/b.ts': '' },
  'server-knows-no-page': { 'apps/web/server/a.ts': 'import \'../worker/b\'', 'apps/web/worker/b.ts': '' },
  'connections-are-behind-the-doors': { 'apps/web/server/api/a.ts': 'import { connections } from \'../db/pool\'', 'apps/web/server/db/pool.ts': 'export const connections = () => {}' },
  'driver-stays-in-db': { 'apps/web/server/plugins/lifecycle.ts': 'import type { Pool } from \'pg\'' },
  'worker-knows-no-page': { 'apps/web/worker/a.ts': 'import \'../app/b\'', 'apps/web/app/b.ts': '' },
  'service-worker-knows-files-only': { 'apps/web/service-worker/a.ts': 'import \'../shared/protocol/b\'', 'apps/web/shared/protocol/b.ts': '' },
  'nobody-takes-from-the-service-worker': { 'apps/web/app/a.ts': 'import \'../service-worker/b\'', 'apps/web/service-worker/b.ts': '' },
  'head-start-knows-shared-only': { 'apps/web/head-start/a.ts': 'import \'../app/b\'', 'apps/web/app/b.ts': '' },
  'nobody-takes-from-the-head-start': { 'apps/web/app/a.ts': 'import \'../head-start/b\'', 'apps/web/head-start/b.ts': '' },
  'form-knows-shared-only': { 'apps/web/form/a.ts': 'import \'../app/b\'', 'apps/web/app/b.ts': '' },
  'nobody-takes-from-the-form': { 'apps/web/app/a.ts': 'import \'../form/b\'', 'apps/web/form/b.ts': '' },
  'component-reads-through-composables': { 'apps/web/app/components/a.vue': '<script setup lang="ts">\nimport { reads } from \'../../shared/reads/index\'\n</script>', 'apps/web/shared/reads/index.ts': 'export const reads = {}' },
  'app-knows-no-embedded-stack': { 'apps/web/server/a.ts': 'import \'../../embedded/start\'', 'apps/embedded/start.ts': '' },
  'embedded-stack-knows-no-app': { 'apps/embedded/start.ts': 'import \'../web/shared/b\'', 'apps/web/shared/b.ts': '' },
  'product-knows-no-test': { 'apps/embedded/http/a.ts': 'import \'../test/b\'', 'apps/embedded/test/b.ts': '' },
  'no-cycle': { 'apps/web/worker/a.ts': 'import \'./b\'', 'apps/web/worker/b.ts': 'import \'./a\'' },
  'resolvable': { 'apps/web/worker/a.ts': 'import \'./nowhere\'' },
}

async function brokenRules(name: string, files: Record<string, string>): Promise<string[]> {
  const baseDir = join(folder, name)
  for (const [path, text] of Object.entries({ ...files, 'package.json': '{"type":"module"}' })) {
    mkdirSync(dirname(join(baseDir, path)), { recursive: true })
    writeFileSync(join(baseDir, path), text)
  }
  const { tsConfig: _, ...rest } = options ?? {}
  const { output } = await cruise(['apps'], { ...rest, baseDir, ruleSet: { forbidden }, validate: true }) as IReporterOutput & { output: { summary: { violations: { rule: { name: string } }[] } } }
  return output.summary.violations.map(({ rule }) => rule.name)
}

describe('an import that leaves its side is found', () => {
  it.each(Object.entries(BREAKS))('%s', async (name, files) => {
    expect(await brokenRules(name, files)).toContain(name)
  })

  it('and every rule has such a case', () => {
    expect(Object.keys(BREAKS).toSorted()).toEqual(forbidden.map(({ name }) => name).toSorted())
  })
})

describe('code that leaves the one-way road is found by the linter', () => {
  const eslint = new ESLint({ cwd: ROOT })
  const script = (code: string) => `<script setup lang="ts">\n${code}\n</script>\n`

  it.each([
    ['a ref that lives as long as the module', 'apps/web/app/composables/useX.ts', 'export const rows = ref([])\n'],
    ['a map that lives as long as the module', 'apps/web/app/composables/useX.ts', 'const seen = new Map()\nexport const useX = () => seen\n'],
    ['a variable that lives as long as the module', 'apps/web/app/composables/useX.ts', 'let count = 0\nexport const useX = () => count++\n'],
    ['a component that fetches', 'apps/web/app/components/X.vue', script('const rows = await $fetch(\'/api/folders\')\nvoid rows')],
    ['a component that fetches by useFetch', 'apps/web/app/pages/x.vue', script('const { data } = useFetch(\'/api/folders\')\nvoid data')],
    ['a component that takes the connection', 'apps/web/app/components/X.vue', script('const db = usePGLite()\nvoid db')],
    ['a component that holds SQL', 'apps/web/app/components/X.vue', script('const text = \'SELECT * FROM folders\'\nvoid text')],
    ['a where named by the page', 'apps/web/app/utils/x.ts', 'export const request = { where: \'company_id = 1\' }\n'],
    ['a table asked for by the worker', 'apps/web/worker/x.ts', 'export const request = { params: { table: \'users\' } }\n'],
    ['a secret sent by the worker', 'apps/web/worker/x.ts', 'export const ask = (url: URL) => url.searchParams.set(\'secret\', \'s\')\n'],
    ['a where in an address', 'apps/web/worker/x.ts', 'export const address = \'/api/shapes/users?where=true\'\n'],
    ['a way around the page\'s folder', 'apps/web/app/utils/x.ts', 'import { pool } from \'~~/server/db/pool\'\n\nexport const all = pool\n'],
    ['an any', 'apps/web/shared/x.ts', 'export const x: any = 1\n'],
  ])('%s', async (_, filePath, code) => {
    const [result] = await eslint.lintText(code, { filePath: join(ROOT, filePath) })
    const rules = result?.messages.map(({ ruleId }) => ruleId)
    expect(rules).toContainEqual(expect.stringMatching(/^(no-restricted-(syntax|imports)|@typescript-eslint\/no-explicit-any)$/))
  })

  it('but not what every composable and the worker do', async () => {
    for (const [filePath, code] of [
      ['apps/web/app/composables/useX.ts', 'const NAMES = [\'a\'] as const\n\nexport function useX() {\n  const rows = ref<string[]>([...NAMES])\n  return rows\n}\n'],
      ['apps/web/worker/x.ts', 'export const local = { table: \'folders\', primaryKey: [\'id\'] }\n'],
    ] as const) {
      const [result] = await eslint.lintText(code, { filePath: join(ROOT, filePath) })
      expect(result?.messages).toEqual([])
    }
  })
})
