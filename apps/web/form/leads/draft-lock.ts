/** Of what a tab is typing. */
const lockOf = (id: string) => `lead-draft:${id}`

/**
 * Makes a draft this tab's until it is given back, or the tab is gone. Out: how to give it back; undefined where another tab has
 * it, or where nobody can tell (an origin that is not secure has no locks): then every tab begins anew.
 */
export async function takeDraft(id: string): Promise<(() => void) | undefined> {
  if (!('locks' in navigator)) return undefined
  return new Promise((resolve) => {
    // Where the site may keep nothing the browser has locks and gives none.
    navigator.locks.request(lockOf(id), { ifAvailable: true }, lock => lock ? new Promise<void>(giveBack => resolve(giveBack)) : resolve(undefined)).catch(() => resolve(undefined))
  })
}
