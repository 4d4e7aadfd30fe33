import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'

/**
 * What pglite-sync 0.6.1 does with each sequence. A line that is not true any more fails the test: when upstream has
 * mended something, it is to be moved here, and when nothing is lost any more, its engine can take the place of ours.
 */
const UPSTREAM: Record<string, 'passes' | 'fails'> = {
  'first sync and each kind of change': 'passes',
  'a commit that fails is swallowed and a later offset saved': 'fails',
  'a failing page of a first sync lets the next page pass': 'fails',
  'a 409 empties the table until it is refilled': 'fails',
  'a 409 on a fresh subscription empties a table that has rows': 'fails',
  'of overlapping shapes on one table the second batch is lost': 'fails',
  'a new shapeKey on a populated table applies nothing': 'fails',
  'of several shapes in one call only the first goes in by COPY': 'fails',
  'COPY spoils jsonb': 'fails',
  'COPY spoils an array': 'fails',
  'COPY spoils a carriage return': 'fails',
  'COPY spoils the text \\N': 'fails',
  'json puts values in by position': 'fails',
  'a 401 stops the stream for good': 'fails',
  'a move-in without LSN is dropped': 'fails',
  'a move-out is ignored and its rows stay': 'fails',
  'nothing of a first sync is visible before its last page': 'fails',
  'a first sync that was interrupted begins again from its first page': 'fails',
  'the two spellings of a boolean give different rows': 'passes',
  'a value loses digits on its way through JavaScript': 'fails',
  'a page that comes twice stops the sync': 'fails',
  'an insert that comes twice stops the sync': 'fails',
  'an update whose row is missing changes nothing and is forgotten': 'fails',
  'a 409 within a first sync loses what came after it': 'passes',
  'a second 409 within a refetch mixes two snapshots': 'passes',
  'rows and key change in one transaction end in another order': 'passes',
  'a kill between two commits finds an offset that is ahead of the rows': 'fails',
  'a kill in a first sync begins again from the first page': 'passes',
  'a kill in a refetch mixes old and new': 'fails',
}

test('pglite-sync loses what the table says, and nothing else', { tags: [SOAK], timeout: 110_000 }, async () => {
  const root = fileURLToPath(new URL('../../../../../', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('upstream.ts', import.meta.url))], { cwd: root, timeout: 100_000 })
  const outcomes = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, string>
  const brief = Object.fromEntries(Object.entries(outcomes).map(([name, outcome]) => [name, outcome === 'passes' ? 'passes' : 'fails']))
  expect(brief, JSON.stringify(outcomes, null, 2)).toEqual(UPSTREAM)
})
