import type { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'
import { userShapes, visibleShapes } from '../../../worker/sync/wanted'
import { rowText, visible } from '../../support/visible'

export interface Viewed { database: PGlite, userId: string }

/** What is wrong with a copy, by kind: a row that is missing, one that is there too often or counted wrong, one that may not be there. */
export interface Wrong { kind: 'lost' | 'doubled' | 'foreign' | 'different' | 'state', text: string }

interface Digest { name: string, rows: string, digest: string }
type Columns = Map<string, { name: string, type: string }[]>

/**
 * Whether what browsers hold is what their people may see, in every table, value by value, as text that PostgreSQL made on
 * both sides. The rules are those of `visible`, which shares nothing with the product.
 */
export class Oracle {
  readonly #sql: pg.Pool
  readonly #columns: Columns
  /** Asks a copy for the same of what it holds. */
  readonly here: string
  readonly #there: string

  private constructor(sql: pg.Pool, columns: Columns) {
    this.#sql = sql
    this.#columns = columns
    const all = (table: 'table' | 'localTable', where: (rule: (typeof visible)[number]) => string) =>
      visible.map(rule => digest(rule.localTable, rule[table], rowText(columns, rule.table), where(rule))).join(' union all ')
    this.here = all('localTable', () => 'true')
    this.#there = all('table', rule => rule.where)
  }

  static async of(sql: pg.Pool): Promise<Oracle> {
    const { rows } = await sql.query<{ table: string, name: string, type: string }>(`
      select table_name as table, column_name as name, data_type as type
      from information_schema.columns where table_schema = 'public' order by 1, 2`)
    const columns: Columns = new Map()
    for (const { table, name, type } of rows) columns.set(table, [...columns.get(table) ?? [], { name, type }])
    return new Oracle(sql, columns)
  }

  /** Whether all is equal now. */
  async isEqual(viewed: Viewed): Promise<boolean> {
    const [there, here] = await Promise.all([this.expected(viewed), held(viewed.database, this.here)])
    return there === here
  }

  /** All that a person may see, as one text that differs where anything does. */
  async expected({ userId }: Pick<Viewed, 'userId'>): Promise<string> {
    return textOf((await this.#sql.query<Digest>(this.#there, [userId])).rows)
  }

  /** What differs, row by row. */
  async differences({ database, userId }: Viewed): Promise<Wrong[]> {
    const found: Wrong[] = []
    for (const { table, localTable, where } of visible) {
      const rowsOf = (from: string, which: string) => `select t.id::text as id, ${rowText(this.#columns, table)} as row from "${from}" t where ${which}`
      type Row = { id: string, row: string }
      const there = new Map((await this.#sql.query<Row>(rowsOf(table, where), [userId])).rows.map(one => [one.id, one.row]))
      const here = new Map((await database.query<Row>(rowsOf(localTable, 'true'))).rows.map(one => [one.id, one.row]))
      for (const id of new Set([...there.keys(), ...here.keys()])) {
        const [mine, theirs] = [here.get(id), there.get(id)]
        if (mine === theirs) continue
        const kind = mine === undefined ? 'lost' : theirs === undefined ? 'foreign' : 'different'
        found.push({ kind, text: `${localTable} ${id}\n    here  ${mine ?? '(nothing)'}\n    there ${theirs ?? '(nothing)'}` })
      }
    }
    return found
  }

  /** What a copy that is equal must also be: every shape complete, nothing staged, counted right, without an error. */
  async inner({ database, userId }: Viewed): Promise<Wrong[]> {
    const wrong = (kind: Wrong['kind'], text: string): Wrong => ({ kind, text })
    const { rows: memberships } = await this.#sql.query<{ id: string, company_id: string, role: string, row_version: number }>(`
      select m.id, m.company_id, m.role, m.row_version::float8 as row_version from company_members m join companies c on c.id = m.company_id
      where m.user_id = $1 and c.deleted_at is null`, [userId])
    const wanted = [...userShapes(userId), ...memberships.flatMap(visibleShapes)]
    const { rows: cursors } = await database.query<{ key: string, rows: number, complete: boolean, staging: string | null }>('select key, rows, complete, staging_position as staging from electric.shape_cursors')
    const { rows: states } = await database.query<{ shape_key: string, state: string, row_count: number, error_code: string | null }>('select shape_key, state, row_count::float8 as row_count, error_code from sync_status')
    const found: Wrong[] = []
    for (const { key, definition, scope } of wanted) {
      const cursor = cursors.find(one => one.key === key)
      const status = states.find(one => one.shape_key === key)
      const { rows: [held] } = await database.query<{ count: number }>(`select count(*)::int as count from ${definition.localTable} where ${definition.column} = $1`, [scope])
      if (!cursor) found.push(wrong('lost', `no cursor for ${key}`))
      else if (!cursor.complete || cursor.staging !== null) found.push(wrong('state', `${key}: ${JSON.stringify(cursor)}`))
      else if (cursor.rows !== held?.count) found.push(wrong('doubled', `${key} has ${held?.count} rows and counts ${cursor.rows}`))
      if (status?.state !== 'live' || status.row_count !== held?.count) found.push(wrong('state', `${key} has ${held?.count} rows and says ${JSON.stringify(status)}`))
    }
    for (const { key } of cursors) if (!wanted.some(one => one.key === key)) found.push(wrong('foreign', `a cursor is left: ${key}`))
    return found
  }

  /** Rows that this person may never have seen: another's own, or a company's in which they never were. */
  async neverTheirs({ database, userId }: Viewed, companies: ReadonlySet<string>): Promise<Wrong[]> {
    const scopes = visible.map(({ localTable }) => `select '${localTable}' as name, ${localTable === 'users' ? 'id' : localTable === 'memberships' ? 'user_id' : localTable === 'companies' ? 'id' : 'company_id'}::text as scope from ${localTable}`)
    const { rows } = await database.query<{ name: string, scope: string }>(`select distinct name, scope from (${scopes.join(' union all ')}) every`)
    return rows
      .filter(({ name, scope }) => ['users', 'memberships'].includes(name) ? scope !== userId : !companies.has(scope))
      .map(({ name, scope }): Wrong => ({ kind: 'foreign', text: `${name} of ${scope}` }))
  }
}

/** What a copy holds, as one text. @param question the oracle's `here` */
export const held = async (database: PGlite, question: string): Promise<string> => textOf((await database.query<Digest>(question)).rows)

const textOf = (rows: Digest[]) => rows.map(one => `${one.name} ${one.rows} ${one.digest}`).sort().join('\n')

const digest = (name: string, table: string, expression: string, where: string) => `
  select '${name}' as name, count(*)::text as rows, md5(coalesce(string_agg(md5(${expression}), '' order by t.id::text collate "C"), '')) as digest
  from "${table}" t where ${where}`
