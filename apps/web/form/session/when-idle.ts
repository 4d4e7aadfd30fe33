/** For so long the form is kept on the device first; a browser may refuse to keep anything. */
const KEPT_WITHIN_MS = 10_000
/** Where a browser does not say when it has nothing to do. */
const QUIET_MS = 2_000

/** Waits until the page is loaded, the form is on the device, and nobody is in the middle of something. At once outside of a page. */
export async function whenIdle(): Promise<void> {
  if (typeof document === 'undefined') return
  if (document.readyState !== 'complete') await once(window, 'load')
  // What is fetched from then on passes the service worker, which keeps it.
  const keeper = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined
  if (keeper && !keeper.controller) await Promise.race([once(keeper, 'controllerchange'), quiet(KEPT_WITHIN_MS)])
  await (typeof requestIdleCallback === 'function' ? new Promise<unknown>(resolve => requestIdleCallback(resolve)) : quiet(QUIET_MS))
}

const once = (target: EventTarget, event: string) => new Promise<unknown>(resolve => target.addEventListener(event, resolve, { once: true }))
const quiet = (ms: number) => new Promise<unknown>(resolve => setTimeout(resolve, ms))
