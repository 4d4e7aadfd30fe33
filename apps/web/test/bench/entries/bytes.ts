import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { atMost, type Measured } from '../figure'
import { compile, PGLITE } from '../bare-server'
import { inNewProfile, waitComplete, type AppPage } from '../app-page'
import type { Planted, World } from '../world'

const WORKERS = '/workers/'
const BUNDLE = `${WORKERS}pglite.bundle.js`
/** What the worker loads beside its bundle, of PGlite and of ours; in the place of the last a first visit would load initdb. */
const ASSETS = ['pglite.wasm', 'pglite.data']
const START = 'start.data'
const INITDB = 'initdb.wasm'
/** Where the build leaves the worker's files. */
const PUBLIC = fileURLToPath(new URL('../../../public/workers/', import.meta.url))
/** As goals speak of them: 1,000 bytes. */
const kb = (bytes: number) => bytes / 1000

/** Bytes on the wire of each path that a new browser has asked for, as the browser counts them. */
type Bytes = ReadonlyMap<string, number>

/** What a visit fetches; `soFar` copies what has come at a moment in the midst of it. */
async function bytesOf(world: World, planted: Planted, visit: (here: AppPage, soFar: () => Bytes) => Promise<unknown>): Promise<Map<string, number>> {
  return inNewProfile(world, planted, async (here) => {
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
    await visit(here, () => new Map(found))
    return found
  })
}

/** The page to sign in on, as somebody sees it who is nobody yet. */
async function signInPage({ browser, front, page }: AppPage): Promise<void> {
  await browser.context.clearCookies()
  await page.evaluate(() => { localStorage.clear() })
  await page.goto(`${front.origin}/sign-in`)
  await page.getByRole('button', { name: /^sign in$/i }).waitFor()
  await page.waitForLoadState('networkidle')
}

const sum = (files: Bytes, wanted: (path: string) => boolean) => kb([...files].reduce((all, [path, size]) => wanted(path) ? all + size : all, 0))
const ofPage = (path: string) => !path.startsWith(WORKERS) && !path.startsWith('/api/')
const brotli = (text: string | Buffer) => kb(brotliCompressSync(text).length)

/**
 * Bytes on the wire of a first visit: up to the signed-in page, which is when somebody sees their folders, and up to the
 * complete copy, by when what other pages need was fetched too. PGlite's files stand on a line of their own, and so does what
 * of the worker's bundle is PGlite: as much as a worker with nothing but PGlite weighs. Baselines: the page to sign in
 * on; the worker on pglite-sync; PGlite uncompressed.
 */
export async function bytes(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const signIn = await bytesOf(world, planted, signInPage)
  let toFolders: Bytes = new Map()
  const files = await bytesOf(world, planted, async (here, soFar) => {
    await here.page.goto(`${here.front.origin}${planted.path}`, { waitUntil: 'commit' })
    await here.page.evaluate(() => instruments.seen('[role="treeitem"]'))
    toFolders = soFar()
    await waitComplete(here, planted)
  })
  for (const name of ['pglite.bundle.js', ...ASSETS, START]) {
    const path = `${WORKERS}${name}`
    const answer = await fetch(`${world.stack.origin}${path}`, { method: 'HEAD', headers: { 'accept-encoding': 'br' } })
    files.set(path, Number(answer.headers.get('content-length')))
  }
  for (const [path, size] of [...files].toSorted((a, b) => b[1] - a[1]).slice(0, 12)) world.say(`${kb(size).toFixed(1).padStart(8)} KB  ${path}`)
  const plainWorker = (await compile('plain-worker')).get('plain-worker.js') ?? ''
  const pgliteInBundle = brotli(plainWorker)
  const worker = sum(files, path => path === BUNDLE) - pgliteInBundle
  const upstream = brotli(await readFile(join(await world.upstreamWorker(), 'pglite.bundle.js'))) - pgliteInBundle
  const initdb = kb((await readFile(join(PUBLIC, `${INITDB}.br`))).length)
  const start = sum(files, path => path === `${WORKERS}${START}`)
  const plainFiles = await Promise.all(ASSETS.map(async name => kb((await readFile(join(PGLITE, name))).length)))
  return [
    { name: 'bytes of a first visit: our page (HTML, JS, CSS, fonts, icons) to the first folders, against the page to sign in on', value: sum(toFolders, ofPage), unit: 'KB', baseline: sum(signIn, ofPage), goal: atMost(150) },
    { name: 'bytes of a first visit: our page to the complete copy, against to the first folders', value: sum(files, ofPage), unit: 'KB', baseline: sum(toFolders, ofPage) },
    { name: 'bytes of a first visit: our part of the worker, against the worker on pglite-sync', value: worker, unit: 'KB', baseline: upstream },
    { name: 'bytes of a first visit: PGlite (its JS, wasm, data), against the same files uncompressed', value: sum(files, path => path.startsWith(WORKERS)) - worker - start, unit: 'KB', baseline: plainFiles.reduce((all, size) => all + size, kb(Buffer.byteLength(plainWorker))) },
    { name: 'bytes of a first visit: the data directory that a new database begins with, against initdb', value: start, unit: 'KB', baseline: initdb },
  ]
}
