/**
 * The versions of the app that the device holds, a cache each. Files are named by their content, so that a version takes
 * from another what did not change. One version before the current one is kept, less what both have: tabs that were
 * opened in it go on, and load their parts from it.
 */
const PREFIX = 'shell-'
/** In the cache of the version that runs: another one may have been fetched after it and never been agreed to. */
const CURRENT = '/__current'
/** An address names its content: what was asked beside it makes no other file of it. */
const IGNORE_VARY = { ignoreVary: true }

export const cacheName = (version: string) => PREFIX + version

const shellCaches = async () => (await caches.keys()).filter(name => name.startsWith(PREFIX))

/** Takes what other versions hold already. @param keys by which the files of this version are kept */
export async function copyFromOthers(version: string, keys: readonly string[]): Promise<void> {
  const own = await caches.open(cacheName(version))
  const here = await addressesIn(own)
  // What goes by a fixed name is another file in another version.
  const wanted = new Set(keys.filter(key => isOfVersions(new URL(key)) && !here.has(key)))
  for (const name of await shellCaches()) {
    if (name === cacheName(version)) continue
    const other = await caches.open(name)
    const shared = [...await addressesIn(other)].filter(address => wanted.delete(address))
    await Promise.all(shared.map(async (address) => {
      const held = await other.match(address, IGNORE_VARY)
      if (held) await own.put(address, held)
    }))
  }
}

/**
 * Notes that this version runs now, and deletes the caches of all others but the one that ran before it, and from that one
 * what this one has too.
 * @param isFollowed whether a version after this one is being fetched, or waits: then the others stay until it runs
 */
export async function keepFormer(version: string, isFollowed: boolean): Promise<void> {
  const own = await caches.open(cacheName(version))
  await own.put(CURRENT, new Response())
  const others = (await shellCaches()).filter(name => name !== cacheName(version))
  const marks = await Promise.all(others.map(async name => (await caches.open(name)).match(CURRENT)))
  const former = others.findLast((_, at) => marks[at])
  if (!isFollowed) await Promise.all(others.filter(name => name !== former).map(name => caches.delete(name)))
  if (!former) return
  const before = await caches.open(former)
  // The mark is one of them. Not one after the other: who agreed to the new version waits for this with an empty page.
  const here = await addressesIn(own)
  await Promise.all([...await addressesIn(before)].filter(address => here.has(address)).map(address => before.delete(address, IGNORE_VARY)))
}

const addressesIn = async (cache: Cache) => new Set((await cache.keys()).map(({ url }) => url))

/** Whether a file's address names its content, so that any version that has the address has the file. */
export const isOfVersions = ({ pathname, searchParams }: URL) => pathname.startsWith('/_nuxt/') || (pathname.startsWith('/workers/') && searchParams.has('v'))

/** The answer to a request for a file that the current version does not have. */
export async function fromFormer({ request }: { request: Request }): Promise<Response> {
  for (const name of await shellCaches()) {
    const held = await (await caches.open(name)).match(request)
    if (held) return held
  }
  return fetch(request)
}
