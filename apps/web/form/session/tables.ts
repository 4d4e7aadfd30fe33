import { MOST_SCORE } from '#shared/leads/lead'
import { isStorable } from '#shared/catalogue/texts'
import { isStorableJson } from '#shared/mutations/fields'
import { SCORE_RULES } from './rules'

/** As much of PGlite as a session needs: its own class in Node, a worker that is asked in browsers. */
export interface SessionDatabase {
  query: <Row>(sql: string, params?: unknown[]) => Promise<{ rows: Row[] }>
  exec: (sql: string) => Promise<unknown>
  close: () => Promise<void>
}

const TABLES = `
  create table page_views (id bigint generated always as identity primary key, pathname text not null, viewed_at timestamptz not null);
  create table events (id bigint generated always as identity primary key, type text not null, payload jsonb, occurred_at timestamptz not null)`

const SCORE = `
  select least($2::int, coalesce(sum(rule.points), 0))::int as score
    from jsonb_to_recordset($1::jsonb) as rule(views int, event text, points int)
   where (select count(*) from page_views) >= rule.views
      or exists (select from events where events.type = rule.event)`

/** The facts of one visit, in tables. */
export class SessionTables {
  readonly database: SessionDatabase

  constructor(database: SessionDatabase) {
    this.database = database
  }

  /** Makes the tables, in a database that has none. */
  async make(): Promise<this> {
    await this.database.exec(TABLES)
    return this
  }

  async addView(pathname: string, at: Date): Promise<void> {
    await this.database.query('insert into page_views (pathname, viewed_at) values ($1, $2)', [storable(pathname), at.toISOString()])
  }

  async addEvent(type: string, payload: string | null, at: Date): Promise<void> {
    await this.database.query('insert into events (type, payload, occurred_at) values ($1, $2::jsonb, $3)', [storable(type), payload, at.toISOString()])
  }

  async score(rules = SCORE_RULES): Promise<number> {
    const { rows } = await this.database.query<{ score: number }>(SCORE, [JSON.stringify(rules), MOST_SCORE])
    if (!rows[0]) throw new Error('a score was asked for and none came')
    return rows[0].score
  }

  async clear(): Promise<void> {
    await this.database.exec('truncate page_views, events restart identity')
  }
}

const storable = (text: string) => isStorable(text) ? text : text.replaceAll(/[\0\p{Cs}]/gu, '\uFFFD')

/** A payload as it is at this moment, for `jsonb`; null where there is none, or one that cannot be written: the event counts all the same. */
export function writable(payload: unknown): string | null {
  try {
    const text = JSON.stringify(payload) as string | undefined
    return text !== undefined && isStorableJson(JSON.parse(text)) ? text : null
  }
  catch {
    return null
  }
}
