import pg from 'pg'

/** Runs work on a session of its own, and closes it. Throws what connecting, or the work, throws. */
export async function withSession<T>(to: string | pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(to)
  // A lost session fails the statement that runs; without a listener it would end this process.
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  }
  finally {
    await client.end().catch(() => {})
  }
}
