/** What PGlite is made of beside its JavaScript, as `PGlite.create` takes it. */
export interface Assets {
  pgliteWasmModule: WebAssembly.Module
  initdbWasmModule: WebAssembly.Module
  fsBundle: Blob
}

/** Loads PGlite's files from beside the bundle. @throws where one cannot be had, naming it */
export async function loadAssets(): Promise<Assets> {
  const [pgliteWasmModule, initdbWasmModule, fsBundle] = await Promise.all([
    WebAssembly.compileStreaming(load('pglite.wasm')),
    WebAssembly.compileStreaming(load('initdb.wasm')),
    load('pglite.data').then(response => response.blob()),
  ])
  return { pgliteWasmModule, initdbWasmModule, fsBundle }
}

async function load(name: string): Promise<Response> {
  const response = await fetch(new URL(name, import.meta.url)).catch((cause: unknown) => {
    throw new Error(`${name} could not be loaded`, { cause })
  })
  if (!response.ok) throw new Error(`${name} could not be loaded: the server answered ${response.status}`)
  return response
}
