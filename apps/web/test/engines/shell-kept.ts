import { until } from '../support/wait'
import type { EnginePage } from './engine'

/** Waits until the app is on the device as a whole, and this page is given its files. */
export const isKept = (page: EnginePage) => until('the app is kept on the device', () => page.evaluate(async () => {
  const { active } = await navigator.serviceWorker.getRegistration() ?? {}
  return active?.state === 'activated' && navigator.serviceWorker.controller !== null
}, ''), { deadline: 90_000 })
