import { PGlite } from '@electric-sql/pglite'
import type { StorageKind } from '../../../shared/protocol/storage'
import { Assets } from '../../../worker/database/assets'
import { createPGlite } from '../../../worker/database/create'
import { createTables } from '../../../worker/database/tables'

/** How a database that is not there yet is to be opened. */
export interface FirstOpening {
  how: 'start data' | 'initdb'
  kind: StorageKind
  /** The version of the start data that the server has. */
  version: string
}

const DIRECTORIES = { opfs: 'opfs-ahp://first', idb: 'idb://first', memory: 'memory://' }

async function byInitdb(kind: StorageKind): Promise<PGlite> {
  const [pgliteWasmModule, initdbWasmModule, fsBundle] = await Promise.all([
    WebAssembly.compileStreaming(fetch('/pglite.wasm')), WebAssembly.compileStreaming(fetch('/initdb.wasm')), fetch('/pglite.data').then(answer => answer.blob()),
  ])
  return PGlite.create({ dataDir: DIRECTORIES[kind], relaxedDurability: kind === 'idb', pgliteWasmModule, initdbWasmModule, fsBundle })
}

self.onmessage = async ({ data: { how, kind, version } }: MessageEvent<FirstOpening>) => {
  try {
    Object.assign(globalThis, { START_VERSION: version })
    const assets = new Assets()
    if (how === 'start data') assets.fetchStart()
    const pg = how === 'initdb' ? await byInitdb(kind) : await createPGlite({ kind, name: 'first' }, assets, kind === 'idb')
    await createTables(pg)
    await pg.query('SELECT count(*) FROM folders')
    self.postMessage({ at: performance.timeOrigin + performance.now() })
  }
  catch (error) {
    self.postMessage({ failure: String(error) })
  }
}
