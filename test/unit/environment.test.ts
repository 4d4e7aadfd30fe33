import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LEFT_OUT = new Set(['node_modules', '.nuxt', '.output', 'test', 'public'])

/** Set by the shell, by npm or by a tool, and no setting of ours: name to reason. */
const AMBIENT: Record<string, string> = {
  PATH: 'where the browser is looked for',
  NITRO_HOST: 'what Nitro prefers to HOST; the launcher takes it away',
  NITRO_SHUTDOWN_SIGNALS: 'told to Nitro by the lifecycle',
  NITRO_SHUTDOWN_TIMEOUT: 'told to Nitro by the lifecycle',
  NODE_ENV: 'what Node programs agree on',
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue
    if (entry.isDirectory()) yield* sources(`${folder}/${entry.name}`)
    else if (/\.(?:ts|mjs|vue)$/.test(entry.name)) yield `${folder}/${entry.name}`
  }
}

const namesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name ?? '')
const read = new Set([`${ROOT}apps`, `${ROOT}scripts`].flatMap(folder => [...sources(folder)])
  .flatMap(file => namesIn(readFileSync(file, 'utf8'), /\benv(?:\.|\[')([A-Z][A-Z0-9_]+)/g)))
const example = readFileSync(`${ROOT}.env.example`, 'utf8')
const described = namesIn(example, /^#? ?([A-Z][A-Z0-9_]+)=/gm)
const readme = readFileSync(`${ROOT}README.md`, 'utf8')

describe('.env.example', () => {
  it('holds every variable that the code reads, once, and no other', () => {
    expect(described.toSorted()).toEqual([...read].filter(name => !(name in AMBIENT)).toSorted())
  })

  it.each(described)('says in a sentence what %s is', (name) => {
    expect(example).toMatch(new RegExp(`^# [A-Z1].{20,}[.]\\n#? ?${name}=`, 'm'))
  })

  it.each(described)('has %s in the README\'s table too', (name) => {
    expect(readme).toContain(`| \`${name}\` |`)
  })

  it('sets nothing by itself, so that a copy of it changes nothing', () => {
    expect(example.split('\n').filter(line => line !== '' && !line.startsWith('#'))).toEqual([])
  })
})
