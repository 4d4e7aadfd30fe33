import { defineNuxtPlugin, useRuntimeConfig } from '#imports'
import { createAccount } from '../utils/account'
import { forgetSignedOut } from '../utils/finish-sign-outs'
import { dropHeadStart } from '../utils/head-start'
import { createJournalAccess } from '../utils/journal-access'
import { createMutate } from '../utils/mutate'
import { createPGliteAccess } from '../utils/pglite-access'
import { forgetOtherTrees } from '../utils/tree-memory'
import { createUndoStack } from '../utils/undo-stack'

/** Boots the local database where somebody is here (and after sign-in), without holding the first paint back. */
export default defineNuxtPlugin({
  name: 'pglite',
  setup() {
    // Before anybody is taken for here: somebody may have asked to leave in a page that was killed then.
    forgetSignedOut()
    const pglite = createPGliteAccess({ version: useRuntimeConfig().app.buildId })
    // Whoever is here has taken theirs.
    dropHeadStart()
    const journal = createJournalAccess(pglite.userId)
    const account = createAccount({ access: pglite, leaveTo: path => location.replace(path) })
    // After a sign-out comes a new page: this is where what a person left in the trees goes.
    forgetOtherTrees(account.person.value?.id)
    // That page has none of these edits to take back either.
    const undoStack = createUndoStack(createMutate(() => account.person.value, journal))
    void account.boot()
    // A page that rests holds no files: also not for the page that a reload brings.
    for (const [target, event, act] of [
      [window, 'pagehide', pglite.rest], [window, 'pageshow', pglite.wake],
      [document, 'freeze', pglite.rest], [document, 'resume', pglite.wake],
    ] as const) target.addEventListener(event, act)
    return { provide: { pglite, account, journal, undoStack } }
  },
})
