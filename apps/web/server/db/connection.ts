import pg from 'pg'

const PATIENCE_MS = 5_000

/** A connection of its own for a few questions, past the pool and its doors: for start and doctor, which ask before anybody is served. */
export type Connection = Pick<pg.Client, 'query'>

/** Connects, lets `work` ask, and closes. Throws what PostgreSQL, or the way to it, says. */
export async function withConnection<Result>(url: string, work: (connection: Connection) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'multi-vendor-db checks', connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS })
  // One that breaks between two questions would end the process; the next question says so too.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  }
  finally {
    await client.end().catch(() => undefined)
  }
}
