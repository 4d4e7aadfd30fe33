import { unpackStart, type StartData } from './start-data'

/** The version of the start data that was built with this bundle; not there where the worker's code runs without one. */
declare const START_VERSION: string | undefined

/** By their content, as the build found them: files of two versions are told apart by their address. */
declare const ASSET_VERSIONS: Readonly<Record<string, string>> | undefined

/** What PGlite needs at every open, as `PGlite.create` takes it. */
export interface Engine {
  pgliteWasmModule: WebAssembly.Module
  fsBundle: Blob
}

/** The files beside the bundle, each fetched when it is first asked for. */
export class Assets {
  #engine: Promise<Engine> | undefined
  #start: Promise<StartData | undefined> | undefined
  #initdb: Promise<WebAssembly.Module> | undefined

  /** @throws where one cannot be had, naming it */
  engine(): Promise<Engine> {
    return this.#engine ??= Promise.all([
      WebAssembly.compileStreaming(load('pglite.wasm')),
      load('pglite.data').then(response => response.blob()),
    ]).then(([pgliteWasmModule, fsBundle]) => ({ pgliteWasmModule, fsBundle }))
  }

  /** Begins to fetch what a new database will ask for. */
  fetchStart(): void {
    this.#start ??= loadStart().catch((error: unknown) => {
      console.warn('There is no start data:', error)
      return undefined
    })
  }

  /**
   * What a new database begins with; undefined where it cannot be had or is of another build: then initdb makes one.
   * Held for whoever asks first only: a database begins once, and this is 9 MB.
   */
  async takeStart(): Promise<StartData | undefined> {
    this.fetchStart()
    const start = this.#start
    this.#start = undefined
    return start
  }

  initdb(): Promise<WebAssembly.Module> {
    return this.#initdb ??= WebAssembly.compileStreaming(load('initdb.wasm'))
  }
}

/** Stands where PGlite would otherwise fetch initdb at every open, to run it at none. */
export const noInitdb = () => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]))

async function loadStart(): Promise<StartData> {
  const start = unpackStart(await (await load('start.data')).arrayBuffer())
  const wanted = typeof START_VERSION === 'undefined' ? undefined : START_VERSION
  if (start.version !== wanted) throw new Error(`start.data is of version ${start.version}, this worker of ${wanted}`)
  return start
}

async function load(name: string): Promise<Response> {
  const version = typeof ASSET_VERSIONS === 'undefined' ? undefined : ASSET_VERSIONS[name]
  const response = await fetch(new URL(version ? `${name}?v=${version}` : name, import.meta.url)).catch((cause: unknown) => {
    throw new Error(`${name} could not be loaded`, { cause })
  })
  if (!response.ok) throw new Error(`${name} could not be loaded: the server answered ${response.status}`)
  return response
}
