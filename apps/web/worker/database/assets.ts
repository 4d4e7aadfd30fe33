import { Pause } from '../transport/pause'
import { isPassing } from '../transport/retry-after'
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
  readonly #onWait: () => void

  /** @param onWait called at each try of a file that could not be reached */
  constructor(onWait: () => void = () => {}) {
    this.#onWait = onWait
  }

  /** @throws where one cannot be had, naming it */
  engine(): Promise<Engine> {
    return this.#engine ??= Promise.all([
      load('pglite.wasm', response => WebAssembly.compileStreaming(response), this.#onWait),
      load('pglite.data', response => response.blob(), this.#onWait),
    ]).then(([pgliteWasmModule, fsBundle]) => ({ pgliteWasmModule, fsBundle }))
  }

  /** Begins to fetch what a new database will ask for. */
  fetchStart(): void {
    this.#start ??= loadStart(this.#onWait).catch((error: unknown) => {
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
    return this.#initdb ??= load('initdb.wasm', response => WebAssembly.compileStreaming(response), this.#onWait)
  }
}

/** Stands where PGlite would otherwise fetch initdb at every open, to run it at none. */
export const noInitdb = () => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]))

async function loadStart(onWait: () => void): Promise<StartData> {
  const start = unpackStart(await load('start.data', response => response.arrayBuffer(), onWait, START_PATIENCE_MS))
  const wanted = typeof START_VERSION === 'undefined' ? undefined : START_VERSION
  if (start.version !== wanted) throw new Error(`start.data is of version ${start.version}, this worker of ${wanted}`)
  return start
}

/** For so long a file that cannot be reached is asked for again and again: a network that breaks while a page is loaded comes back. */
const PATIENCE_MS = 5 * 60_000
/** There is another way to a new database, and a purge waits for one. */
const START_PATIENCE_MS = 10_000

/** The server has no such file: to ask again helps nobody. */
class MissingFile extends Error {}

/** Reads a file beside the bundle. @throws where the server has none, it is none, or it cannot be reached for minutes */
async function load<Content>(name: string, read: (response: Response) => Promise<Content>, onWait: () => void, patience = PATIENCE_MS): Promise<Content> {
  const [end, pause, never] = [performance.now() + patience, new Pause(), new AbortController().signal]
  for (;;) {
    try {
      return await read(await answerOf(name))
    }
    catch (error) {
      const isHopeless = error instanceof MissingFile || error instanceof WebAssembly.CompileError
      if (isHopeless || performance.now() > end) throw isHopeless ? error : new Error(`${name} could not be loaded`, { cause: error })
      onWait()
      await pause.wait(never)
    }
  }
}

async function answerOf(name: string): Promise<Response> {
  const version = typeof ASSET_VERSIONS === 'undefined' ? undefined : ASSET_VERSIONS[name]
  const response = await fetch(new URL(version ? `${name}?v=${version}` : name, import.meta.url))
  if (response.ok) return response
  const sentence = `${name} could not be loaded: the server answered ${response.status}`
  throw isPassing(response.status) ? new Error(sentence) : new MissingFile(sentence)
}
