import { defineNuxtRouteMiddleware, navigateTo, useNuxtApp } from '#imports'
import { rememberNext, takeNext } from '../utils/next-path'
import { storedPreferences } from '../utils/preferences'

/** Where nobody has to be here; links of letters lead to most of them. */
const OPEN: readonly string[] = ['/sign-in', '/sign-up', '/reset', '/confirm-email', '/invite']

/**
 * Pages show the local database of a person; where nobody is here, there are only the ways in. Who came by another
 * address is led there after the sign-in, also where that was a new beginning of the page; else the app opens where they
 * chose.
 */
export default defineNuxtRouteMiddleware((to, from) => {
  const { $account: { person: { value: person } } } = useNuxtApp()
  if (!person) {
    if (OPEN.includes(to.path)) return
    if (to.path !== '/') rememberNext(to.fullPath)
    return navigateTo('/sign-in')
  }
  const opened = from.matched.length === 0
  if (!opened || to.path !== '/') return
  const start = storedPreferences(person.id)?.start
  const next = takeNext() ?? (start ? `/c/${start}` : undefined)
  if (next) return navigateTo(next)
})
