import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { drizzle } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importTree } from '../../server/trees/import'
import type { Transaction } from '../../server/db/door'
import type { ImportLine, ImportReport } from '../../shared/trees/progress'
import { App } from './support/app'
import { Browser, type Answer } from './support/browser'
import { admin, join, leave, makeCompany, makePerson, type Person } from './support/people'

let sql: pg.Pool
let app: App
let owner: Person
let browser: Browser
let company: string

beforeAll(async () => {
  sql = admin()
  app = await App.start({ IMPORT_LIMIT_MB: '1' })
  owner = await makePerson(sql, 'Imke')
  browser = await Browser.signedIn(app, owner)
})
afterAll(async () => {
  await app.stop()
  await sql.end()
})
beforeEach(async () => { company = await makeCompany(sql, owner) })

const TSV = 'text/tab-separated-values'

/** Sends a file as the page does. */
async function send(body: string | Buffer, { who = browser, type = TSV, file = 'tree.tsv', to = company, headers = {} }: { who?: Browser, type?: string, file?: string, to?: string, headers?: Record<string, string> } = {}): Promise<Answer> {
  return who.ask(`/api/companies/${to}/import?${new URLSearchParams({ file })}`, {
    method: 'POST', body: new Uint8Array(Buffer.from(body)), headers: { 'origin': app.origin, 'content-type': type, ...headers },
  })
}

function linesOf(answer: Answer): ImportLine[] {
  expect(answer.status, answer.text).toBe(200)
  return answer.text.split('\n').filter(Boolean).map(line => JSON.parse(line) as ImportLine)
}

function reportOf(answer: Answer): ImportReport {
  const last = linesOf(answer).at(-1)
  if (last?.kind !== 'report') throw new Error(answer.text)
  return last.report
}

/** The living tree of the company as paths, siblings in their order. */
async function paths(of = company): Promise<string[]> {
  const { rows } = await sql.query<{ path: string }>(`
    with recursive tree as (
      select f.id, w.name || E'\t' || f.name as path, array[w.position collate "C", f.position collate "C"] as place from folders f join workspaces w on w.id = f.workspace_id
      where f.company_id = $1 and f.parent_id is null and f.deleted_at is null and w.deleted_at is null
      union all
      select f.id, tree.path || '/' || f.name, tree.place || (f.position collate "C") from tree join folders f on f.parent_id = tree.id where f.deleted_at is null
    ) select path from tree order by place`, [of])
  return rows.map(row => row.path)
}

const audits = async () => (await sql.query('select act, actor_name, subject from auth.audit where company_id = $1 order by id', [company])).rows

test('a file comes in with its order, is found again when it is sent again, and the audit says who did it', async () => {
  const file = 'one\tusr\none\tusr/share\none\tetc\none\tusr/bin\ntwo wörds\t地図\n'
  const report = reportOf(await send(file))
  expect(report).toMatchObject({ workspaces: { made: 2, existed: 0 }, folders: { made: 5, existed: 0 }, refused: { total: 0 } })
  expect(report.places.map(({ name }) => name)).toEqual(['one', 'two wörds'])
  const made = await paths()
  expect(made).toEqual(['Workspace\tFolder', 'one\tusr', 'one\tusr/share', 'one\tusr/bin', 'one\tetc', 'two wörds\t地図'])
  const versions = async () => (await sql.query('select id, row_version from folders where company_id = $1 order by id', [company])).rows
  const before = await versions()
  expect(reportOf(await send(gzipSync(file), { type: 'application/gzip', file: 'tree.tsv.gz' }))).toMatchObject({ workspaces: { made: 0, existed: 2 }, folders: { made: 0, existed: 5 } })
  expect([await paths(), await versions()]).toEqual([made, before])
  expect(await audits()).toEqual([
    { act: 'import.began', actor_name: 'Imke', subject: { file: 'tree.tsv', lines: 5 } },
    { act: 'import.ended', actor_name: 'Imke', subject: { file: 'tree.tsv', workspaces: 2, folders: 5, existed: 0, refused: 0, whole: true } },
    { act: 'import.began', actor_name: 'Imke', subject: { file: 'tree.tsv.gz', lines: 5 } },
    { act: 'import.ended', actor_name: 'Imke', subject: { file: 'tree.tsv.gz', workspaces: 0, folders: 0, existed: 5, refused: 0, whole: true } },
  ])
})

test('folders that people made are found by their names, and new ones come behind them', async () => {
  expect(reportOf(await send('Workspace\tAnother\nWorkspace\tFolder\nWorkspace\tFolder/in it\n'))).toMatchObject({ workspaces: { made: 0, existed: 1 }, folders: { made: 2, existed: 1 } })
  expect(await paths()).toEqual(['Workspace\tFolder', 'Workspace\tFolder/in it', 'Workspace\tAnother'])
})

test('what was deleted since, or moved away, is made anew at its place: nothing hangs under what nobody sees', async () => {
  const file = 'one\ta\none\ta/b\none\ta/b/c\none\td\n'
  await send(file)
  const mark = (name: string) => sql.query(`update folders set deleted_at = now(), deletion_id = $2 where company_id = $1 and name = any($3)`, [company, randomUUID(), [...name]])
  await mark('abc')
  expect(reportOf(await send(file)).folders).toEqual({ made: 3, existed: 1 })
  await mark('abc')
  expect(reportOf(await send(file)).folders).toEqual({ made: 3, existed: 1 })
  await sql.query(`update folders set name = 'renamed' where company_id = $1 and name = 'd'`, [company])
  await sql.query(`update workspaces set deleted_at = now() where company_id = $1 and name = 'Workspace'`, [company])
  expect(reportOf(await send(file)).folders).toEqual({ made: 1, existed: 3 })
  expect(await paths()).toEqual(['one\trenamed', 'one\ta', 'one\ta/b', 'one\ta/b/c', 'one\td'])
  await sql.query(`update workspaces set deleted_at = now() where company_id = $1 and name = 'one'`, [company])
  expect(reportOf(await send(file))).toMatchObject({ workspaces: { made: 1 }, folders: { made: 4, existed: 0 } })
})

test('another company gets rows of its own, and keys that somebody took in advance keep nobody out', async () => {
  const other = await makeCompany(sql, owner)
  await send('one\ta\none\ta/b\n')
  const { rows } = await sql.query<{ id: string }>('select id from folders where company_id = $1 and name in ($2, $3)', [company, 'a', 'b'])
  await sql.query('delete from folders where company_id = $1', [company])
  const { rows: [workspace] } = await sql.query<{ id: string }>('select id from workspaces where company_id = $1', [other])
  for (const { id } of rows) await sql.query('insert into folders (id, company_id, workspace_id, name) values ($1, $2, $3, $4)', [id, other, workspace?.id, 'squatter'])
  expect(reportOf(await send('one\ta\none\ta/b\n')).folders).toEqual({ made: 2, existed: 0 })
  expect(await paths()).toEqual(['one\ta', 'one\ta/b'])
  expect(reportOf(await send('one\ta\none\ta/b\n', { to: other })).folders).toEqual({ made: 2, existed: 0 })
})

describe('who may import', () => {
  test.each([
    ['owner', 200, undefined], ['admin', 200, undefined], ['member', 403, 'role_changed'], ['guest', 403, 'role_changed'],
  ] as const)('%s: %s', async (role, status, code) => {
    const who = await makePerson(sql, role)
    await join(sql, company, who, role)
    const answer = await send('one\tusr\n', { who: await Browser.signedIn(app, who) })
    expect([answer.status, code && answer.json]).toMatchObject([status, code && { code, company }])
    expect(await paths()).toHaveLength(status === 200 ? 2 : 1)
  })

  test('nobody else: not a stranger, not a former member, nobody signed out, no page of another person or site', async () => {
    const stranger = await makePerson(sql, 'stranger')
    const who = await Browser.signedIn(app, stranger)
    const refused = async (answer: Promise<Answer>) => {
      const { status, json } = await answer
      return [status, (json as { code: string }).code]
    }
    expect(await refused(send('one\tusr\n', { who }))).toEqual([403, 'membership_ended'])
    await join(sql, company, stranger, 'admin')
    await leave(sql, company, stranger)
    expect(await refused(send('one\tusr\n', { who }))).toEqual([403, 'membership_ended'])
    expect(await refused(send('one\tusr\n', { who: new Browser(app) }))).toEqual([401, 'sign_in'])
    expect(await refused(send('one\tusr\n', { headers: { 'x-database-user': stranger.id } }))).toEqual([412, 'wrong_user'])
    expect(await refused(send('one\tusr\n', { headers: { origin: 'https://evil.example' } }))).toEqual([403, 'foreign_origin'])
    expect(await refused(send('one\tusr\n', { to: randomUUID() }))).toEqual([403, 'membership_ended'])
    expect(await refused(send('one\tusr\n', { to: 'x' }))).toEqual([404, 'not_found'])
    for (const type of ['text/plain', 'multipart/form-data; boundary=text/tab-separated-values', 'application/x-www-form-urlencoded', '']) {
      expect([type, ...await refused(send('one\tusr\n', { type }))]).toEqual([type, 415, 'unsupported_media_type'])
    }
    expect(await paths()).toEqual(['Workspace\tFolder'])
  })
})

test('hostile lines are refused by number, everything else comes in', async () => {
  const lines = ['one\tusr', 'one', 'one\tusr/a\tb', 'one\tnul\0', 'one\tnowhere/x', 'one\tusr/../..', 'one\tusr', `one\t${'a/'.repeat(9_999)}a`, `one\t${'n'.repeat(300)}`, 'one\tusr/']
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\n')}\none\t`), Buffer.from([0xFF, 0xFE]), Buffer.from('\none\tusr/good\n')])
  const { folders, refused } = reportOf(await send(bytes))
  expect(folders).toEqual({ made: 2, existed: 0 })
  expect(refused).toEqual({ total: 10, lines: [
    [2, 'columns'], [3, 'columns'], [4, 'nul'], [5, 'missing_parent'], [6, 'dots'], [7, 'duplicate'], [8, 'too_deep'], [9, 'name_too_long'], [10, 'empty_name'], [11, 'not_utf8'],
  ].map(([line, code]) => ({ line, code })) })
  expect(await paths()).toEqual(['Workspace\tFolder', 'one\tusr', 'one\tusr/good'])
})

test.each([
  ['a gzip bomb behind good folders', gzipSync(Buffer.concat([Buffer.from('one\tusr\n'.repeat(5)), Buffer.alloc(64 * 1024 * 1024, 'a')])), 'application/gzip', 'inflates to far more'],
  ['gzip that is cut off behind good folders', gzipSync(Array.from({ length: 9_000 }, (_, n) => `one\t${randomUUID()}${n}\n`).join('')).subarray(0, -100), 'application/gzip', 'damaged'],
  ['something named gzip', Buffer.from('one\tusr\n'), 'application/gzip', 'named as gzip but is not'],
  ['UTF-16', Buffer.from('\uFEFFone\tusr\n', 'utf16le'), TSV, 'not UTF-8'],
  ['a picture', Buffer.from([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0]), TSV, 'Not one line'],
  ['an empty file', Buffer.alloc(0), TSV, 'holds no folders'],
  ['JSON of something else', Buffer.from('{"name":"package"}'), 'application/json', 'not the JSON of an export'],
])('%s is refused whole, with the reason, and leaves nothing behind', async (_, body, type, sentence) => {
  const answer = await send(body, { type, file: 'x' })
  expect(answer).toMatchObject({ status: 422, json: { code: 'file_refused', fields: { file: expect.stringContaining(sentence) } } })
  expect([await paths(), await audits()]).toEqual([['Workspace\tFolder'], []])
})

test('a file that is too large is answered while it comes, and another import can follow at once', async () => {
  const answer = await send(Buffer.alloc(3 * 1024 * 1024, 'one\tusr\n'))
  expect(answer).toMatchObject({ status: 413, json: { code: 'too_large' } })
  expect(reportOf(await send('one\tusr\n')).folders.made).toBe(1)
})

test('a second import of the same company waits its turn with a sentence, those of other companies go on', async () => {
  const other = await makeCompany(sql, owner)
  const { hostname, port, host, origin } = new URL(app.origin)
  // A body that does not end keeps the first one running.
  const socket = connect(Number(port), hostname)
  socket.write(`POST /api/companies/${company}/import HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncookie: ${browser.cookie}\r\ncontent-type: ${TSV}\r\ncontent-length: 100\r\n\r\none\tusr\n`)
  let answer = await send('one\tusr\n')
  for (let tries = 0; answer.status === 200 && tries < 50; tries++) answer = await send('one\tusr\n')
  expect(answer).toMatchObject({ status: 409, json: { code: 'import_running' } })
  expect(reportOf(await send('one\tusr\n', { to: other })).folders.made).toBe(1)
  // Its end gives the place back, however it ends.
  socket.destroy()
  for (let tries = 0; answer.status === 409 && tries < 100; tries++) answer = await send('one\tusr\n')
  expect(answer.status).toBe(200)
})

describe('an import that is broken off', () => {
  const file = Array.from({ length: 12_000 }, (_, n) => n === 0 ? 'one\troot\n' : `one\troot/${n}\n`).join('')
  const task = () => ({
    company,
    open: () => ({ chunks: (async function* () { for (let at = 0; at < file.length; at += 16_384) yield Buffer.from(file.slice(at, at + 16_384)) })(), name: 'x.tsv' }),
    async transact<Result>(work: (tx: Transaction) => Promise<Result>) {
      const client = await sql.connect()
      try {
        await client.query('begin')
        const result = await work(drizzle(client))
        await client.query('commit')
        return result
      }
      catch (error) {
        await client.query('rollback')
        throw error
      }
      finally {
        client.release()
      }
    },
    audit: { began: async () => undefined, ended: async (_: Transaction, report: ImportReport, whole: boolean) => { ends.push([report.folders.made, whole]) } },
  })
  const ends: [number, boolean][] = []
  const finish = async (running: AsyncGenerator<unknown, ImportReport>) => {
    for (;;) {
      const { done, value } = await running.next()
      if (done) return value
    }
  }

  test('says what it made, and the next one finds it and makes the rest, in the file\'s order', async () => {
    const running = importTree(task())
    expect(await running.next()).toEqual({ done: false, value: { done: 5_000, of: 12_000 } })
    await running.return(undefined as never)
    expect(ends.splice(0)).toEqual([[5_000, false]])
    expect((await finish(importTree(task()))).folders).toEqual({ made: 7_000, existed: 5_000 })
    expect((await paths()).slice(1)).toEqual(file.trimEnd().split('\n'))
  })

  test('two of one file at the same time make nothing twice', async () => {
    const [a, b] = await Promise.all([finish(importTree(task())), finish(importTree(task()))])
    expect([a.folders.made + b.folders.made, a.folders.existed + b.folders.existed]).toEqual([12_000, 12_000])
    expect(await paths()).toHaveLength(12_001)
  })

  test('a folder that is deleted while it runs takes nothing in: the lines under it are refused', async () => {
    const running = importTree(task())
    await running.next()
    await sql.query(`update folders set deleted_at = now() where company_id = $1 and workspace_id = (select id from workspaces where company_id = $1 and name = 'one')`, [company])
    const { folders, refused } = await finish(running)
    expect([folders.made, refused.total, refused.lines[0]]).toEqual([5_000, 7_000, { line: 5_001, code: 'parent_gone' }])
    expect(await paths()).toEqual(['Workspace\tFolder'])
  })

  test('a role that ends while it runs ends it, with what was made', async () => {
    const running = importTree({ ...task(), authorise: async () => { if (count++ > 0) throw new Error('no longer') } })
    let count = 0
    await running.next()
    await expect(running.next()).rejects.toMatchObject({ message: 'The import broke off.', report: { folders: { made: 5_000 } } })
  })
})
