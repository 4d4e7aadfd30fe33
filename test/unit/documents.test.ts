import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DOCUMENTS, ROOT } from '../../scripts/docs/documents'
import { examplesIn, handWritten, signaturesIn, withPlacesMade } from '../../scripts/docs/places'
import { mutationsRequest } from '../../apps/web/shared/protocol/mutations'
import { readEnvironment } from '../../apps/web/server/environment'

const text = (file: string) => readFileSync(file, 'utf8')
const [worker = '', sync = '', api = ''] = DOCUMENTS
const COMPOSABLES = 'apps/web/app/composables'

// The compiler that reads the sources takes some seconds to load.
describe('the documents of the foundation', { timeout: 60_000 }, () => {
  test.each(DOCUMENTS)('%s is what its sources say (pnpm docs:api)', (file) => {
    expect(withPlacesMade(text(file), ROOT)).toBe(text(file))
  })

  test.each(DOCUMENTS)('%s shows no code that nothing checks', (file) => {
    expect(handWritten(text(file))).toEqual([])
  })

  test.each(DOCUMENTS)('%s names no file of the repository that is not there', (file) => {
    const named = [...text(file).matchAll(/`((?:apps|scripts|docs|test|server|shared|app|worker)\/[\w./[\]-]+)`/g)].map(([, path = '']) => path)
    const there = (path: string) => [`${ROOT}/${path}`, `${ROOT}/apps/web/${path}`].some(one => existsSync(one))
    expect(named.filter(path => !there(path) && !path.includes('public/workers') && !path.includes('.output'))).toEqual([])
  })

  test('each composable of the sync has its signature in the document, and each example is run', () => {
    const wanted = readdirSync(`${ROOT}/${COMPOSABLES}`).filter(name => /^use(?:\w+Sync|LiveRows|PGLite|Account|RecentChanges|FolderCounts|OpenTree)\.ts$/.test(name))
    expect(signaturesIn(text(api))).toEqual(expect.arrayContaining(wanted.filter(name => name !== 'useSyncShapes.ts').map(name => `${COMPOSABLES}/${name}`)))
    expect(examplesIn(text(api)).toSorted()).toEqual(readdirSync(`${ROOT}/apps/web/test/app/docs`).map(name => `apps/web/test/app/docs/${name}`).toSorted())
  })

  test('the request that the document shows is one that the server takes', () => {
    const [, shown = ''] = /```json\n([\s\S]*?)```/.exec(text(api)) ?? []
    const id = '0190a000-0000-7000-8000-000000000001'
    expect(mutationsRequest.safeParse(JSON.parse(shown.replaceAll('<uuid>', id))).success).toBe(true)
  })
})

describe('the variables of the sync', () => {
  const table = [...text(sync).matchAll(/^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$/gm)].map(([, name = '', , standard = '']) => [name, standard] as const)
  const required = { DATABASE_URL: 'postgres://app:secret@127.0.0.1/db', ELECTRIC_URL: 'http://127.0.0.1:1', ELECTRIC_API_KEY: 'a-key-that-is-long-enough-for-any-rule', NUXT_SESSION_PASSWORD: 'x'.repeat(32) }
  const read = (given: Record<string, string>) => {
    const before = process.env
    process.env = given
    try {
      return readEnvironment() as Record<string, unknown>
    }
    finally {
      process.env = before
    }
  }

  test('are those that the server reads, each once', () => {
    expect(table.map(([name]) => name).toSorted()).toEqual([...new Set(table.map(([name]) => name))].toSorted())
    const source = text(`${ROOT}/apps/web/server/environment.ts`)
    for (const [name] of table) expect(source, name).toContain(`process.env.${name}`)
  })

  test.each(table)('%s is %s where nothing is set', (name, standard) => {
    if (standard === 'must be set') {
      expect(() => read(Object.fromEntries(Object.entries(required).filter(([one]) => one !== name)))).toThrow(name)
    }
    else {
      const { [name]: value } = read(required)
      expect(String(value ?? 'not set')).toBe(standard.replaceAll('`', ''))
    }
  })

  test('the document says which of Electric\'s answers the worker knows', () => {
    const answers = text(`${ROOT}/apps/web/shared/protocol/answers.ts`)
    const codes = [...text(sync).matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, code = '', status = '']) => [code, status] as const)
    expect(codes.length).toBeGreaterThan(4)
    for (const [code, status] of codes) expect(answers).toMatch(new RegExp(`${code}: \\{ status: ${status},`))
  })
})

describe('the bundle', () => {
  test('is made of the files that the document names, and of no others', () => {
    const named = [...text(worker).matchAll(/^\| `([\w.]+\.\w+)` \|/gm)].map(([, file = '']) => file)
    const build = ['scripts/build-pglite-worker.ts', 'apps/web/modules/shell/worker-files.ts', 'apps/web/modules/shell/engine-files.ts'].map(file => text(`${ROOT}/${file}`)).join('')
    const made = [...build.matchAll(/'([\w.-]+\.(?:wasm|data|bundle\.js|json))'/g)].map(([, file = '']) => file).filter(file => file !== 'package.json')
    expect(named.toSorted()).toEqual([...new Set(made)].toSorted())
  })

  test('runs what the document says, one folder a duty', () => {
    const [, list = ''] = /one folder a duty \((.*?)\)/.exec(text(worker)) ?? []
    const folders = readdirSync(`${ROOT}/apps/web/worker`, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => entry.name)
    expect([...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name).toSorted()).toEqual(folders.toSorted())
  })
})

describe('docs/security.md', () => {
  const security = text(`${ROOT}/docs/security.md`)
  const promises = [...security.matchAll(/^\| (.+?) \| (`.+`) \|$/gm)].map(([, promise = '', tests = '']) => [promise, [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file)] as const)

  test.each(promises)('%s', (_, files) => {
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      expect(file).toMatch(/\.test\.ts$/)
      expect(existsSync(`${ROOT}/${file}`), file).toBe(true)
    }
  })

  test('has a test for each promise, and every table of attacks is one', () => {
    const rows = security.slice(security.indexOf('## What is promised'), security.indexOf('## Against whom')).split('\n').filter(line => line.startsWith('| '))
    expect(promises.length).toBe(rows.length - 1)
    const attacks = readdirSync(`${ROOT}/apps/web/test/server/attacks`).filter(name => name.endsWith('.test.ts'))
    for (const name of attacks) expect(security).toContain(`attacks/${name}`)
  })
})
