import { PGlite } from '@electric-sql/pglite'
import { noInitdb, type Assets } from './assets'
import { filesystem } from './filesystem'
import { isMade, type Storage } from './storage'

/**
 * How PostgreSQL itself is set here, beyond PGlite's own.
 * wal_init_zero: else it writes each file of its log full of zeros first, in one go, within somebody's COMMIT. The zeros
 * guard against a full disk at a later write, which a cache may answer with an error.
 */
const SETTINGS = ['wal_init_zero=off']

/**
 * Opens PGlite on a storage; a new database begins with the start data, or by initdb where there is none.
 * @param relaxed writes are answered before they are stored: for IndexedDB, where a strict flush costs 60 ms a write
 */
export async function createPGlite(storage: Storage, assets: Assets, relaxed: boolean): Promise<PGlite> {
  const made = await isMade(storage)
  const start = made ? undefined : await assets.takeStart()
  return PGlite.create({
    fs: filesystem(storage, start),
    relaxedDurability: relaxed,
    startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap(setting => ['-c', setting])],
    initdbWasmModule: made || start ? noInitdb() : await assets.initdb(),
    ...await assets.engine(),
  })
}
