import type { PGliteOptions } from '~/utils/pglite-client'
// #region
import { initPGlite } from '~/utils/pglite-client'

/** The plugin does this for whoever is here; a tool that stands beside the app does it for itself. */
export async function countFolders(options: PGliteOptions): Promise<number> {
  const client = initPGlite(options)
  try {
    const [row] = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM folders')
    return row?.count ?? 0
  }
  finally {
    client.dispose()
  }
}
// #endregion
