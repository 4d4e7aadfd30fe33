import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** A database of its own on the shared cluster, empty. */
export interface Database {
  ownerUrl: string
  appUrl: string
  sql: pg.Pool
  drop(): Promise<void>
}

/** `solo`: one role of its own owns the database and serves, as on a small installation. */
export async function makeDatabase({ solo = false } = {}): Promise<Database> {
  const { adminUrl, ownerUrl, appUrl } = inject('stack')
  const name = `test_${randomUUID().slice(0, 8)}`
  const admin = new pg.Client({ connectionString: adminUrl })
  await admin.connect()
  const owner = solo ? `role "with" ${name}` : decodeURIComponent(new URL(ownerUrl).username)
  if (solo) await admin.query(`CREATE ROLE ${pg.escapeIdentifier(owner)} LOGIN PASSWORD 'solo'`)
  await admin.query(`CREATE DATABASE ${name} OWNER ${pg.escapeIdentifier(owner)}`)
  const soloUrl = withDatabase(adminUrl, name)
  soloUrl.username = encodeURIComponent(owner)
  soloUrl.password = 'solo'
  const sql = new pg.Pool({ connectionString: withDatabase(adminUrl, name).href, max: 2 })
  sql.on('error', () => undefined)
  return {
    ownerUrl: solo ? soloUrl.href : withDatabase(ownerUrl, name).href,
    appUrl: solo ? soloUrl.href : withDatabase(appUrl, name).href,
    sql,
    async drop() {
      await sql.end()
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await admin.end()
    },
  }
}

function withDatabase(url: string, name: string): URL {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed
}
