import { brotliCompressSync } from 'node:zlib'
import { atMost, type Measured } from '../figure'
import { compile } from '../bare-server'
import { inNewProfile, openComplete } from '../app-page'
import type { World } from '../world'

const WORKERS = '/workers/'
const BUNDLE = `${WORKERS}pglite.bundle.js`
const kib = (bytes: number) => bytes / 1024

/**
 * Bytes on the wire of a first visit up to the complete copy, as the browser counts them. PGlite's files stand on a line
 * of their own, and so does what of the worker's bundle is PGlite: as much as a worker with nothing but PGlite weighs.
 */
export async function bytes(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const files = await inNewProfile(world, planted, async (here) => {
    const found = new Map<string, number>()
    // The worker is another target for the protocol than the page: the front sees both.
    const session = await here.browser.context.newCDPSession(here.page)
    const paths = new Map<string, string>()
    session.on('Network.responseReceived', ({ requestId, response }) => paths.set(requestId, new URL(response.url).pathname))
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const path = paths.get(requestId)
      if (path) found.set(path, (found.get(path) ?? 0) + encodedDataLength)
    })
    await session.send('Network.enable')
    await openComplete(here, planted)
    return found
  })
  for (const name of ['pglite.bundle.js', 'pglite.wasm', 'pglite.data', 'initdb.wasm']) {
    const path = `${WORKERS}${name}`
    const answer = await fetch(`${world.stack.origin}${path}`, { method: 'HEAD', headers: { 'accept-encoding': 'br' } })
    files.set(path, Number(answer.headers.get('content-length')))
  }
  const sum = (wanted: (path: string) => boolean) => kib([...files].reduce((all, [path, size]) => wanted(path) ? all + size : all, 0))
  const pgliteInBundle = kib(brotliCompressSync((await compile('plain-worker')).get('plain-worker.js') ?? '').length)
  const worker = sum(path => path === BUNDLE) - pgliteInBundle
  const page = sum(path => !path.startsWith(WORKERS) && !path.startsWith('/api/'))
  for (const [path, size] of [...files].toSorted((a, b) => b[1] - a[1]).slice(0, 12)) world.say(`${kib(size).toFixed(1).padStart(8)} KiB  ${path}`)
  return [
    { name: 'bytes of a first visit: our page (HTML, JS, CSS, fonts, icons)', value: page, unit: 'KiB', goal: atMost(150) },
    { name: 'bytes of a first visit: our part of the worker', value: worker, unit: 'KiB' },
    { name: 'bytes of a first visit: PGlite (its JS, wasm, data)', value: sum(path => path.startsWith(WORKERS)) - worker, unit: 'KiB' },
  ]
}
