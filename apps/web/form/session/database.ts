import type { SessionDatabase } from './tables'

/** An empty database in the memory of this process. What browsers have in its place: `database-in-worker`. */
export async function openDatabase(): Promise<SessionDatabase> {
  const { PGlite } = await import('@electric-sql/pglite')
  return PGlite.create('memory://')
}
