import { LOCAL_SHAPES } from '#shared/generated/catalogue.gen'
import type { PGliteAccess } from './pglite-access'

/** Few enough that no other query of the browser waits long for one. */
const SLICE = 2_000

/** Everything that the local copy holds, as one file of JSON lines: `{ "table", "row" }` each. Works offline. */
export async function exportLocal(pglite: Pick<PGliteAccess, 'query'>): Promise<File> {
  const parts: string[] = []
  const tables = new Map(Object.values(LOCAL_SHAPES).map(({ localTable, primaryKey }) => [localTable, primaryKey]))
  for (const [table, key] of tables) {
    for (let after: unknown = null; ;) {
      const rows = await pglite.query<{ key: string, line: string }>(
        `SELECT "${key}"::text AS key, to_json(t)::text AS line FROM app_read."${table}" t WHERE $1::uuid IS NULL OR "${key}" > $1::uuid ORDER BY "${key}" LIMIT ${SLICE}`, [after])
      parts.push(...rows.map(({ line }) => `{"table":${JSON.stringify(table)},"row":${line}}\n`))
      if (rows.length < SLICE) break
      after = rows.at(-1)?.key
    }
  }
  return new File(parts, `local-copy-${new Date().toISOString().slice(0, 10)}.jsonl`, { type: 'application/jsonl' })
}
