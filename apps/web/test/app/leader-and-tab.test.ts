import type { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { topFoldersRead } from '#shared/reads/folders'
import { initPGlite, type PGliteClient } from '~/utils/pglite-client'
import { LeaderChannel } from '../../worker/channel/channel'
import { LiveReads } from '../../worker/reads/live-reads'
import { PreparedReads } from '../../worker/reads/prepared-reads'
import { toolQuery } from '../../worker/reads/tool-query'
import { sees } from './support/here'
import { emptyDatabase, id, ME, rows } from './support/local-database'

/** Both real ends of the conversation: what a leader says is what a tab understands. */
let pg: PGlite
let client: PGliteClient
let leader: { channel: LeaderChannel, reads: LiveReads }
const ends: (() => void)[] = []

function lead() {
  const prepared = new PreparedReads(pg)
  const reads = new LiveReads(pg, () => Promise.resolve(true), (read, params) => prepared.run(read, params))
  const channel = new LeaderChannel({ database: client.database, reads, isEnding: () => false, answer: question => question.kind === 'query' ? toolQuery(pg, question.sql, question.params) : Promise.resolve([]) })
  return { channel, reads }
}
const folders = async (...names: string[]) => pg.exec(names.map((name, n) => rows.folder(60 + n, 10, 50, null, name)).join(';'))
/** A listener, and the names that it was given. */
function list() {
  const given: { names: string[], rows: readonly object[], complete: boolean | undefined }[] = []
  ends.push(client.subscribe(topFoldersRead, { workspace: id(50) }, {
    rows: (found, complete) => given.push({ names: found.map(({ name }) => name), rows: found, complete }),
    failed: () => {},
  }))
  return given
}

beforeEach(async () => {
  pg = await emptyDatabase()
  await pg.exec([rows.user(), rows.company(10, 'Acme'), rows.workspace(50, 10, 'Docs')].join(';'))
  client = initPGlite({ userId: ME, databaseName: `both-${crypto.randomUUID()}`, startWorker: () => () => {} })
  leader = lead()
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  client.dispose()
  leader.channel.close()
  leader.reads.close()
})

test('a change of one row of many comes as this row, into the list that is here, with the other rows as they were', async () => {
  const names = Array.from({ length: 40 }, (_, n) => `folder ${String(n).padStart(2, '0')}`)
  await folders(...names)
  const given = list()
  await sees(() => expect(given.at(-1)).toMatchObject({ names, complete: true }))
  const before = given.at(-1)!.rows
  await pg.query('UPDATE folders SET name = \'folder 20, renamed\' WHERE name = \'folder 20\'')
  leader.reads.changed(['folders'], false)
  await sees(() => expect(given.at(-1)?.names).toEqual(names.with(20, 'folder 20, renamed')))
  expect(given.at(-1)!.rows.filter((row, place) => row === before[place])).toHaveLength(39)
})

test('the next leader answers what the last one left open, and feeds its live reads', async () => {
  await folders('a')
  const given = list()
  await sees(() => expect(given.at(-1)?.names).toEqual(['a']))
  leader.channel.close()
  const open = client.query<{ one: number }>('SELECT 1 AS one')
  leader = lead()
  await expect(open).resolves.toEqual([{ one: 1 }])
  await pg.exec(rows.folder(70, 10, 50, null, 'b'))
  leader.reads.changed(['folders'], false)
  await sees(() => expect(given.at(-1)?.names).toEqual(['a', 'b']))
})

test('a wrong statement is told with its SQLSTATE, and harms nothing else', async () => {
  const wrong = client.query('SELECT * FROM nothing_of_this_name')
  const right = client.query('SELECT 1 AS one')
  await expect(wrong).rejects.toMatchObject({ code: 'query_failed', sqlstate: '42P01' })
  await expect(right).resolves.toEqual([{ one: 1 }])
})
