import { defineNuxtRouteMiddleware, navigateTo, useNuxtApp } from '#imports'

/** Pages show the local database of a person; where nobody is here, there is only the sign-in page. */
export default defineNuxtRouteMiddleware((to) => {
  const { $account } = useNuxtApp()
  if (!$account.person.value && to.path !== '/sign-in') return navigateTo('/sign-in')
})
