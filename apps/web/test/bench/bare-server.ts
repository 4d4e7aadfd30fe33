import { readFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { LOCAL_SCHEMA, LOCAL_SHAPES } from '../../shared/generated/catalogue.gen'
import { copyText } from '../../worker/apply/copy-text'
import type { TextRow } from '../../worker/apply/local-table'
import type { Filling } from './page/rows'

const here = import.meta.dirname
/** Folder of PGlite's package. */
export const PGLITE = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
const ASSETS = ['pglite.wasm', 'initdb.wasm', 'pglite.data', 'pg_trgm.tar.gz']
const TYPES: Record<string, string> = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm' }

/** The columns of the local table of folders, in order. */
export const FOLDER_COLUMNS = LOCAL_SHAPES.folders.columns.map(column => column.name)

/** Compiles what runs in pages: file name to text. */
export async function compile(...names: string[]): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: names.map(name => join(here, 'page', `${name}.ts`)), outdir: here, write: false, bundle: true, format: 'esm',
    platform: 'browser', target: 'es2022', minify: true, external: ['node:module'], logLevel: 'warning',
  })
  return new Map(outputFiles.map(({ path, text }) => [path.split('/').at(-1) ?? '', text]))
}

/**
 * Serves the page that figures are compared with: bare PGlite, stock PGliteWorker, a bare fetch loop; and the rows of one
 * company for them. Uncompressed and from memory: what is measured there is not the way to it.
 */
export class BareServer {
  readonly #server: Server
  readonly #files: Map<string, string | Buffer>

  private constructor(files: Map<string, string | Buffer>) {
    this.#files = files
    this.#server = createServer(({ url = '/' }, response) => this.#serve(url.slice(1) || 'index.html', response))
  }

  static async start(folders: readonly TextRow[]): Promise<BareServer> {
    const files = new Map<string, string | Buffer>(await compile('bare', 'plain-worker', 'stock-worker'))
    for (const name of ASSETS) files.set(name, await readFile(join(PGLITE, name)))
    files.set('index.html', '<!doctype html><meta charset="utf-8"><title>bare</title><script type="module" src="/bare.js"></script><body></body>')
    files.set('rows', Buffer.from(await copyText(folders, FOLDER_COLUMNS).arrayBuffer()))
    const server = new BareServer(files)
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How a bare page fills its database. */
  get filling(): Filling {
    return { schema: [...LOCAL_SCHEMA], table: 'folders', columns: FOLDER_COLUMNS, rows: `${this.origin}/rows` }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #serve(name: string, response: ServerResponse): void {
    const file = this.#files.get(name)
    if (file === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream', 'cache-control': 'max-age=3600' }).end(file)
  }
}
