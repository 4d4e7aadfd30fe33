import { DEMO_ACCOUNTS } from '../demo'
import { environment } from '../environment'

/** What a page must know before anyone is signed in; public, so it holds no secret. */
export default defineEventHandler(() => {
  const { PGLITE_DB_NAME, DEMO } = environment()
  return { databaseName: PGLITE_DB_NAME, demo: DEMO, ...(DEMO ? { demoAccounts: DEMO_ACCOUNTS } : {}) }
})
