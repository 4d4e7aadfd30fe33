import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const PARTS = [
  'package.json', 'scripts/generate-catalogue.ts', 'scripts/catalogue', 'scripts/lib', 'apps/web/package.json', 'apps/web/drizzle.config.ts', 'apps/web/tsconfig.json',
  'apps/web/shared', 'apps/web/server/db', 'apps/web/server/http', 'apps/web/server/shapes', 'apps/web/server/reads',
]
const TABLES = 'apps/web/shared/catalogue/tables.ts'
let copy: string

const tool = (name: string, ...args: string[]) => promisify(execFile)(join(root, 'node_modules/.bin', name), args, { cwd: copy })
const read = (path: string) => readFile(join(copy, path), 'utf8')
const migrations = async () => (await readdir(join(copy, 'apps/web/server/db/migrations'))).filter(name => name.endsWith('.sql'))

interface Derived { ddl: string[], columns: { name: string, type: string }[], sent: string, parsed: boolean, refused: boolean, version: string, views: string[] }

/** What everything that is derived says of folders, asked of the copy by its own code. */
async function derived(): Promise<Derived> {
  await tool('tsx', 'scripts/generate-catalogue.ts')
  const { stdout } = await tool('tsx', 'apps/web/probe.ts')
  return JSON.parse(stdout) as Derived
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'mvdb-catalogue-'))
  for (const part of PARTS) {
    await mkdir(dirname(join(copy, part)), { recursive: true })
    await cp(join(root, part), join(copy, part), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  await symlink(join(root, 'apps/web/node_modules'), join(copy, 'apps/web/node_modules'))
  await writeFile(join(copy, 'apps/web/probe.ts'), `
    import { LOCAL_SCHEMA, LOCAL_SHAPES, SCHEMA_VERSION, validators } from './shared/generated/catalogue.gen'
    import { serverViews } from './server/reads/views'
    import { upstreamParameters } from './server/shapes/definition'
    const id = '00000000-0000-4000-8000-000000000000'
    const row = { id, company_id: id, workspace_id: id, parent_id: null, name: 'x', description: '', position: 'a0', created_at: new Date(), updated_at: new Date(), row_version: 1, deleted_at: null, deletion_id: null }
    console.log(JSON.stringify({
      ddl: LOCAL_SCHEMA.filter(statement => statement.startsWith('CREATE TABLE "folders"')),
      columns: LOCAL_SHAPES.folders.columns,
      sent: upstreamParameters({ definition: LOCAL_SHAPES.folders, scopeId: id }).columns,
      parsed: validators.folders.safeParse({ ...row, colour: null }).success,
      refused: !validators.folders.safeParse({ ...row, colour: 7 }).success,
      version: SCHEMA_VERSION,
      views: serverViews().filter(statement => statement.includes('t."colour"')),
    }))
  `)
})
afterAll(() => rm(copy, { recursive: true, force: true }))

test('a column that is added to the catalogue reaches the migration, the local tables, the shape, the validator, the row type, Electric and the server\'s views', { timeout: 60_000 }, async () => {
  const before = await derived()
  expect(before.sent?.split(',')).not.toContain('colour')
  expect(before.parsed).toBe(false)
  const known = await migrations()

  const tables = await read(TABLES)
  const changed = tables.replace(/(export const folders = pgTable\('folders', \{\n)/, '$1  colour: text(\'colour\'),\n')
  expect(changed).not.toBe(tables)
  await writeFile(join(copy, TABLES), changed)

  const after = await derived()
  expect(after.ddl).toEqual([expect.stringContaining('"colour" text')])
  expect(after.columns).toContainEqual({ name: 'colour', type: 'text', notNull: false })
  expect(after.sent.split(',')).toContain('colour')
  expect([after.parsed, after.refused]).toEqual([true, true])
  expect(before.views).toEqual([])
  expect(after.views).toEqual([expect.stringMatching(/VIEW app_read_\w+\."folders"/)])
  expect(after.version).not.toBe(before.version)
  expect(await read('apps/web/shared/generated/catalogue.gen.ts')).toMatch(/interface FolderRow \{[^}]*\n {2}colour: string \| null\n/)

  await tool('drizzle-kit', 'generate', '--config', 'apps/web/drizzle.config.ts', '--name', 'colour')
  const added = (await migrations()).filter(name => !known.includes(name))
  expect(added).toHaveLength(1)
  expect((await read(`apps/web/server/db/migrations/${added[0]}`)).trim()).toBe('ALTER TABLE "folders" ADD COLUMN "colour" text;')
})

test('the committed migrations make what the catalogue says: there is nothing left to generate', async () => {
  await cp(join(root, TABLES), join(copy, TABLES))
  await rm(join(copy, 'apps/web/server/db/migrations'), { recursive: true })
  await cp(join(root, 'apps/web/server/db/migrations'), join(copy, 'apps/web/server/db/migrations'), { recursive: true })
  const { stdout } = await tool('drizzle-kit', 'generate', '--config', 'apps/web/drizzle.config.ts')
  expect(stdout).toContain('No schema changes')
})
