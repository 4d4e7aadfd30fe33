import { DEMO_ACCOUNTS } from '../demo'
import { environment, signUpOpen } from '../environment'
import { hasMail } from '../mail/send'

/** What a page must know before anyone is signed in; public, so it holds no secret. */
export default defineEventHandler(() => {
  const { PGLITE_DB_NAME, DEMO } = environment()
  return { databaseName: PGLITE_DB_NAME, demo: DEMO, signUp: signUpOpen(), mail: hasMail(), ...(DEMO ? { demoAccounts: DEMO_ACCOUNTS } : {}) }
})
