import type pg from 'pg'
import { localSql, type AnyPage } from './page'
import { rowText, visible } from './visible'

interface Viewer { page: AnyPage, user: { id: string, email: string } }
interface Digest { rows: string, digest: string }
interface Answer { rows: object[] }
type Run = (sql: string, params: unknown[]) => Promise<Answer>

/**
 * The oracle: what a page holds must be what its person may see, in every table, value by value.
 *
 * It knows the rules by `visible.ts`, which is written from the authorisation rules and shares nothing with the proxy.
 * Both sides are compared as text that PostgreSQL made, so that no client library stands between.
 * `newer`: columns (`table.column`) that the database got after the page was opened.
 */
export async function holdsWhatTheyMaySee(sql: pg.Pool, viewers: Viewer[], { deadline = 20_000, newer = [] as readonly string[] } = {}): Promise<void> {
  const end = Date.now() + deadline
  const reports = await Promise.all(viewers.map(async (viewer) => {
    for (;;) {
      const differing = await differences(sql, viewer, newer).catch(error => [{ table: '(no answer)', text: String(error) }])
      if (differing.length === 0) return undefined
      if (Date.now() > end) return report(sql, viewer, differing.map(d => d.table), differing[0]?.text, newer)
      await new Promise(resolve => setTimeout(resolve, 60))
    }
  }))
  const failed = reports.filter(text => text !== undefined)
  if (failed.length > 0) throw new Error(`not equal within ${deadline} ms\n${failed.join('\n')}`)
}

/** The local tables that differ from what this person may see, as things are now. */
export async function differences(sql: pg.Pool, { page, user }: Viewer, newer: readonly string[] = []): Promise<{ table: string, text: string }[]> {
  const local: Run = async (text, params) => ({ rows: await localSql<object>(page, text, params) })
  const columns = await columnsOf(sql, newer)
  const found: { table: string, text: string }[] = []
  for (const rule of visible) {
    const expression = rowText(columns, rule.table)
    const [there] = (await sql.query<Digest>(digest(rule.table, expression, rule.where), [user.id])).rows
    const [here] = (await local(digest(rule.localTable, expression, 'true'), [])).rows as Digest[]
    if (here?.rows !== there?.rows || here?.digest !== there?.digest) {
      found.push({ table: rule.localTable, text: `${here?.rows} rows here, ${there?.rows} there` })
    }
  }
  return found
}

const digest = (table: string, expression: string, where: string) => `
  select count(*)::text as rows, md5(coalesce(string_agg(md5(${expression}), '' order by t.id::text collate "C"), '')) as digest
  from "${table}" t where ${where}`

/** The server's columns of each table: the page must hold exactly these, or its query fails and so does the comparison. */
async function columnsOf(sql: pg.Pool, newer: readonly string[] = []): Promise<Map<string, { name: string, type: string }[]>> {
  const { rows } = await sql.query<{ table: string, name: string, type: string }>(`
    select table_name as table, column_name as name, data_type as type
    from information_schema.columns where table_schema = 'public' order by 1, 2`)
  const tables = new Map<string, { name: string, type: string }[]>()
  for (const { table, name, type } of rows.filter(row => !newer.includes(`${row.table}.${row.name}`))) tables.set(table, [...tables.get(table) ?? [], { name, type }])
  return tables
}

/** What differs, for a person: a few rows of each table, and what the page says of its own sync. */
async function report(sql: pg.Pool, { page, user }: Viewer, tables: string[], text: string | undefined, newer: readonly string[]): Promise<string> {
  const columns = await columnsOf(sql, newer)
  const lines = [`${user.email}: ${tables.join(', ')} (${text})`]
  for (const rule of visible.filter(one => tables.includes(one.localTable))) {
    const rowsOf = (table: string, where: string) => `select t.id::text as id, ${rowText(columns, rule.table)} as row from "${table}" t where ${where}`
    type Row = { id: string, row: string }
    const there = new Map((await sql.query<Row>(rowsOf(rule.table, rule.where), [user.id])).rows.map(r => [r.id, r.row]))
    const here = await localSql<Row>(page, rowsOf(rule.localTable, 'true'))
      .then(rows => new Map(rows.map(r => [r.id, r.row])), (error: Error) => error)
    if (here instanceof Error) {
      lines.push(`  ${rule.localTable}: ${here.message}`)
      continue
    }
    const ids = [...new Set([...there.keys(), ...here.keys()])].filter(id => there.get(id) !== here.get(id))
    lines.push(`  ${rule.localTable}: ${here.size} here, ${there.size} there, ${ids.length} differ`)
    for (const id of ids.slice(0, 4)) lines.push(`    here  ${here.get(id) ?? '(nothing)'}`, `    there ${there.get(id) ?? '(nothing)'}`)
  }
  const status = await localSql(page, 'select * from sync_status order by shape_key').catch((error: Error) => [error.message])
  return [...lines, ...status.map(row => `  status ${JSON.stringify(row)}`)].join('\n')
}
