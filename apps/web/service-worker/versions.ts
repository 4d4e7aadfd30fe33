/**
 * The versions of the app that the device holds, a cache each. Files are named by their content, so that a version takes
 * from another what did not change. One version before the current one is kept, less what both have: tabs that were
 * opened in it go on, and load their parts from it.
 */
const PREFIX = 'shell-'
/** In the cache of a version that was fetched to its end. */
const WHOLE = '/__whole'

export const cacheName = (version: string) => PREFIX + version

const shellCaches = async () => (await caches.keys()).filter(name => name.startsWith(PREFIX))

/** Takes what other versions hold already. @param keys by which the files of this version are kept */
export async function copyFromOthers(version: string, keys: readonly string[]): Promise<void> {
  const own = await caches.open(cacheName(version))
  const others = await Promise.all((await shellCaches()).filter(name => name !== cacheName(version)).map(name => caches.open(name)))
  for (const key of keys) {
    // What goes by a fixed name is another file in another version.
    if (!isOfVersions(new URL(key)) || await own.match(key)) continue
    for (const other of others) {
      const held = await other.match(key)
      if (!held) continue
      await own.put(key, held)
      break
    }
  }
}

export async function markWhole(version: string): Promise<void> {
  await (await caches.open(cacheName(version))).put(WHOLE, new Response())
}

/** Deletes the caches of all versions but this one and the last whole one before it, and from that one what this one has too. */
export async function keepFormer(version: string): Promise<void> {
  const whole: string[] = []
  for (const name of await shellCaches()) {
    if (name === cacheName(version)) continue
    if (await (await caches.open(name)).match(WHOLE)) whole.push(name)
    else await caches.delete(name)
  }
  // In the order in which they were made.
  const former = whole.pop()
  for (const name of whole) await caches.delete(name)
  if (!former) return
  const [own, before] = [await caches.open(cacheName(version)), await caches.open(former)]
  for (const request of await before.keys()) {
    if (new URL(request.url).pathname !== WHOLE && await own.match(request)) await before.delete(request)
  }
}

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
