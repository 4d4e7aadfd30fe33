import pg from 'pg'
import { SeedError } from './tree'

/** The address that seeding uses: given, or the owner's, or the app's. Throws SeedError where there is none. */
export function databaseUrl(given?: string): string {
  const url = given ?? (process.env.DATABASE_MIGRATION_URL || process.env.DATABASE_URL)
  if (!url) throw new SeedError('Say which database: set DATABASE_URL.')
  return url
}

/**
 * Runs `work` in one transaction: all of it is there afterwards, or nothing. Ends the process with one sentence and
 * code 1 when it fails.
 */
export async function seed(work: () => { url: string, plant: (client: pg.Client) => Promise<string> }): Promise<void> {
  let client: pg.Client | undefined
  try {
    const { url, plant } = work()
    client = new pg.Client({ connectionString: url, application_name: 'multi-vendor-db seed' })
    await client.connect()
    await client.query('BEGIN')
    const said = await plant(client)
    await client.query('COMMIT')
    console.log(said)
  }
  catch (error) {
    console.error(sentence(error))
    process.exitCode = 1
  }
  finally {
    await client?.end().catch(() => undefined)
  }
}

function sentence(error: unknown): string {
  if (error instanceof SeedError) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === '42P01') return 'This database has no tables yet: start the server once, it makes them.'
  return `The database did not take it: ${error instanceof Error && error.message ? error.message : code}.`
}
