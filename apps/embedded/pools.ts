import type pg from 'pg'

/** Lends a session of the pool. One that failed is closed: its state is not known. */
export async function withClient<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = true
  try {
    const result = await use(client)
    broken = false
    return result
  }
  finally {
    client.release(broken)
  }
}
