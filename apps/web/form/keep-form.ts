import { FORM_PAGES } from '#shared/leads/form'

/** The form on this device, so that the next visit needs no network. Its own service worker: a tablet at a stand has no use for the rest of the app. */
export function keepForm(): void {
  if (!('serviceWorker' in navigator)) return
  const keep = () => void navigator.serviceWorker.register(`${FORM_PAGES}sw.js`, { scope: FORM_PAGES }).catch((error: unknown) => console.warn('The form could not be kept on this device:', error))
  if (document.readyState === 'complete') keep()
  else addEventListener('load', keep, { once: true })
}
