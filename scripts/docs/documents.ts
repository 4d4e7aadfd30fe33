import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')
const FOLDER = `${ROOT}/docs/01-epics/00-foundation`

/** The documents with places that are made of the sources. */
export const DOCUMENTS = ['worker', 'sync', 'api'].map(name => `${FOLDER}/006-electric-sql-${name}.md`)
