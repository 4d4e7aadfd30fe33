import { readFileSync } from 'node:fs'
import { Linter } from 'eslint'
import { describe, expect, it } from 'vitest'
import { whyTooOld } from '../../scripts/lib/node-version.mjs'

describe('the Node version', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v21.0.0', 'v24.1.0'])('%s is new enough', (version) => {
    expect(whyTooOld(version)).toBeUndefined()
  })
  it.each(['v20.18.9', 'v18.20.4', 'v12.22.0', 'v9.0.0'])('%s is refused', (version) => {
    expect(whyTooOld(version)).toContain(version)
  })
})

describe('what old Node parses before it says that it is too old', () => {
  const linter = new Linter()

  it.each(['demo', 'test', 'start', 'build', 'typecheck', 'lib/node-version'])('%s.mjs holds no syntax newer than ES2017 but import()', (name) => {
    const text = readFileSync(new URL(`../../scripts/${name}.mjs`, import.meta.url), 'utf8')
    // import() came with ES2020; every Node that knows .mjs files has it. All else must parse as ES2017.
    const found = linter.verify(text.replaceAll('import(', 'load('), [{ files: ['**/*.mjs'], languageOptions: { ecmaVersion: 2017, sourceType: 'module' } }], { filename: 'entry.mjs' })
    expect(found).toEqual([])
    expect([...text.matchAll(/from '(.*?)'/g)].map(([, from]) => from)).toEqual(name.startsWith('lib/') ? [] : ['./lib/node-version.mjs'])
  })
})
