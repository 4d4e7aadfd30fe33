import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it } from 'vitest'
import { reads } from '../../apps/web/shared/reads/index'

// The parser of the embedded stack, which has PostgreSQL's own grammar.
const { loadModule, parseSync } = createRequire(new URL('../../apps/embedded/package.json', import.meta.url))('libpg-query') as {
  loadModule: () => Promise<void>
  parseSync: (sql: string) => unknown
}
beforeAll(() => loadModule())

/** What a text reads from, as written, and the names that it gives itself by WITH. */
function relationsOf(sql: string): { read: Set<string>, own: Set<string> } {
  const [read, own] = [new Set<string>(), new Set<string>()]
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [kind, inner] of Object.entries(node as Record<string, { schemaname?: string, relname?: string, ctename?: string }>)) {
      if (kind === 'RangeVar') read.add(inner.schemaname === undefined ? `${inner.relname}` : `${inner.schemaname}.${inner.relname}`)
      if (kind === 'CommonTableExpr') own.add(`${inner.ctename}`)
      walk(inner)
    }
  }
  walk(parseSync(sql))
  return { read, own }
}

describe('a page reads views, in which unsent edits are, and never a synced table', () => {
  it.each(Object.values(reads).map(read => [read.name, read] as const))('%s', (_, { sql, views }) => {
    const { read, own } = relationsOf(sql)
    const outside = [...read].filter(name => !own.has(name))
    expect(outside.filter(name => !name.startsWith('app_read.'))).toEqual([])
    const named = outside.map(name => name.slice('app_read.'.length))
    expect(named, 'it reads those that it says it does').toEqual(expect.arrayContaining([...views]))
    // Words and titles of the search change with its documents only.
    expect(named.filter(name => !views.includes(name) && !/^search_(?:words|trigrams|titles|title_words|lead_words|lead_trigrams)$/.test(name)), 'and no other').toEqual([])
  })

  it('and a table would be found wherever a text can name one', () => {
    const { read, own } = relationsOf(`WITH way AS (SELECT 1 FROM public.leads) SELECT (SELECT 1 FROM folders LIMIT 1) FROM way
      JOIN LATERAL (SELECT 1 FROM app_read.folders UNION ALL SELECT 1 FROM users) x ON EXISTS (SELECT FROM companies)`)
    expect([...read].filter(name => !own.has(name)).toSorted()).toEqual(['app_read.folders', 'companies', 'folders', 'public.leads', 'users'])
  })
})
