import { defineNuxtPlugin } from '#imports'
import { createAccount } from '../utils/account'
import { createPGliteAccess } from '../utils/pglite-access'

/** Boots the local database where somebody is here (and after sign-in), without holding the first paint back. */
export default defineNuxtPlugin({
  name: 'pglite',
  setup() {
    const pglite = createPGliteAccess()
    const account = createAccount({ access: pglite, leaveTo: path => location.replace(path) })
    void account.boot()
    return { provide: { pglite, account } }
  },
})
