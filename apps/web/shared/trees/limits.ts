/** Way from the top to a folder is read up to this many steps (shared/reads/folders), so nothing is put deeper. */
export const MAX_DEPTH = 200
/** A path of MAX_DEPTH names of 255 characters fits; what is longer is skipped without being held. */
export const MAX_LINE_BYTES = 256 * 1024
/** Of a file as it is sent, gzipped or not. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024
/** Of a file when it is inflated: 117,572 folders of real trees are 7.4 MB. */
export const MAX_INFLATED_BYTES = 256 * 1024 * 1024
/** Real trees inflate 10 to 13 times, repeated lines of one letter up to 1,030 times: no list of different paths does. */
export const MAX_RATIO = 200
/** The ratio says nothing about a few bytes. */
export const RATIO_FROM_BYTES = 1024 * 1024
export const MAX_FOLDERS = 1_000_000
/** So many refused lines are named; all are counted. */
export const NAMED_REFUSALS = 200
