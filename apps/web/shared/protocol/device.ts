/**
 * Whose a store on this device is, told by its name alone: the name of an OPFS entry or of an IndexedDB database (PGlite
 * puts `/pglite/` before the ones it makes there).
 *
 *   <PGLITE_DB_NAME>-<userId>-…        a person's: goes with sign-out and with another person
 *   <PGLITE_DB_NAME>-<userId>-journal  their unsent writes, which a cache cannot give back: not deleted with the rest (nor is `…-journal-kept`)
 *   offline-leads-…  device-…          the device's (public forms and their journals): nothing of the above touches it
 */
const OF_DEVICE = ['offline-leads-', 'device-']

/** Without what PGlite puts before the names of its IndexedDB databases. */
export const bareName = (name: string) => name.replace(/^\/pglite\//, '')

/** What every name of a person in an installation begins with. The id in it keeps installations apart that are named alike. */
export const personPrefix = (databaseName: string, userId: string) => `${databaseName}-${userId}-`

/** Whether a store belongs to this person in this installation (`PGLITE_DB_NAME`). */
export const isPersonal = (name: string, databaseName: string, userId: string) => bareName(name).startsWith(personPrefix(databaseName, userId))

/** Where a person's unsent edits are: an IndexedDB database that nothing deletes with the local copy. */
export const journalName = (databaseName: string, userId: string) => `${personPrefix(databaseName, userId)}journal`

/** The file that a journal's entries are in while its bytes are taken off the disk: as much of their truth as the journal. */
export const keptName = (journal: string) => `${journal}-kept`

/** Whether a store of this person goes when they leave: all of them but the journal, also those that only a later version knows. */
export const goesWithPerson = (name: string, databaseName: string, userId: string) =>
  isPersonal(name, databaseName, userId) && ![journalName(databaseName, userId), keptName(journalName(databaseName, userId))].includes(bareName(name))

/** Whether a store belongs to the device and to nobody. */
export const isOfDevice = (name: string) => OF_DEVICE.some(prefix => bareName(name).startsWith(prefix))

/** The databases of a person's local database: the name that tabs know for the first, one more for each that replaced it. */
export const generationName = (database: string, generation: number) => generation === 0 ? database : `${database}.g${generation}`

/** Whether a store is a generation of this local database. */
export const isGenerationOf = (name: string, database: string) =>
  bareName(name) === database || (bareName(name).startsWith(`${database}.g`) && /^\d+$/.test(bareName(name).slice(database.length + 2)))

const SCHEMA_VERSION_FORM = /^[0-9a-f]{8}(?:\.g\d+)?$/

/** Whether a store is a local database of this person, of whatever schema version and generation, and not a record beside it. */
export const isLocalDatabase = (name: string, databaseName: string, userId: string) =>
  isPersonal(name, databaseName, userId) && SCHEMA_VERSION_FORM.test(bareName(name).slice(personPrefix(databaseName, userId).length))

/** The IndexedDB database that tells which generation is current, and what a purge has left to do. */
export const generationsName = (databaseName: string, userId: string) => `${personPrefix(databaseName, userId)}generations`

/** The IndexedDB database of what this device was told of each company: whether its data are held here. */
export const companiesName = (databaseName: string, userId: string) => `${personPrefix(databaseName, userId)}companies`

/** IndexedDB databases that are made and deleted around a deletion (`shared/device/deletion` says why). */
export const SWEEP_PREFIX = 'device-sweep-'
