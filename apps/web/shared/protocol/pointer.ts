/** What a page notes of who is here, in `localStorage`, each as JSON; no secret. The page's head start reads it before the app does. */

/** Who this browser's local database belongs to. */
export const PERSON_KEY = 'mvdb:user'
/** `PGLITE_DB_NAME` as the server last said it. */
export const DATABASE_NAME_KEY = 'mvdb:database-name'
