import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { beginAs, type Asker } from './asker'
import { connections } from './pool'

export type Transaction = NodePgDatabase

/** Who asks. */
export interface Viewer {
  readonly userId: string
}

/**
 * The one door to data for a request: a transaction in which PostgreSQL knows who asks (`app.user_id`).
 * Commits when `work` resolves, rolls back when it throws. Do not wait for anything but the database inside.
 */
export function withTenant<Result>(viewer: Viewer, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return inTransaction({ userId: viewer.userId }, client => work(drizzle(client)))
}

/** The same for a text of SQL that stands elsewhere (a named read): `work` gets the connection itself. */
export function withTenantClient<Result>(viewer: Viewer, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  return inTransaction({ userId: viewer.userId }, work)
}

/** The same for nobody: no row is to be seen. For health. */
export function withNobody<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return inTransaction({}, client => work(drizzle(client)))
}

/**
 * For account acts, which begin before anybody is known or reach another person's rows: signing in and up, links, invites,
 * founding, leaving and handing over a company. The code of each asks who may; PostgreSQL only keeps it to accounts.
 */
export function withAccounts<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return inTransaction({ door: 'account' }, client => work(drizzle(client)))
}

/** For what strangers send by the public form of one company: its leads, and nothing else of it. */
export function withForm<Result>(company: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return inTransaction({ door: 'form', company }, client => work(drizzle(client)))
}

/** For the counters of the rate limiter: runs one statement, which its library writes. */
export function askLimits(statement: QueryConfig): Promise<QueryResult> {
  return inTransaction({ door: 'limits' }, client => client.query(statement))
}

/**
 * For the server's own upkeep, which nobody asked for: sweeps of what is old, counts of what there is. It sees every
 * tenant, so it never runs in answer to a request.
 */
export function withUpkeep<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  return inTransaction({ door: 'upkeep' }, client => work(drizzle(client)))
}

/**
 * One statement, which is a transaction of its own: one message to PostgreSQL and one back, where a transaction that
 * knows who asks takes three each way. It knows nobody, so it asks functions that answer without (migration 0008).
 * @param name under which each connection keeps it parsed and planned; one name, one text
 */
export async function askOnce<Row extends QueryResultRow>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
  return (await connections().query<Row>({ name, text, values: [...values] })).rows
}

async function inTransaction<Result>(asker: Asker, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await connections().connect()
  let broken: Error | undefined
  try {
    // One message: a request asks twice before each batch, and pg waits for each answer before it sends the next.
    await client.query(beginAs(asker, client.escapeLiteral.bind(client)))
    const result = await work(client)
    await client.query('COMMIT')
    return result
  }
  catch (error) {
    // A connection whose transaction may still be open must not serve the next person.
    await client.query('ROLLBACK').catch((reason: Error) => { broken = reason })
    throw error
  }
  finally {
    client.release(broken)
  }
}
