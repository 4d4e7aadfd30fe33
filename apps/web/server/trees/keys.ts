import { v5 as uuid } from 'uuid'

/**
 * Keys that follow from what is imported: the same file into the same company asks for the same keys, so that what is
 * there is found again by whoever imports it next. Each derives from the key above it: company, workspace, folder, folder.
 */
export const keyOf = (above: string, name: string, nth = 1): string => uuid(`${nth} ${name}`, above)

/** Where a key is taken by a row that is deleted or has gone to another place. */
export const nextKey = (key: string): string => uuid('again', key)
