import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DATA } from './paths.mjs'

/** Whose applier the worker can be built on; the first is meant where nobody chose. */
export const SYNCS = /** @type {const} */ (['ours', 'pglite-sync'])

const FOLDER = `${DATA}/build`
const fileIn = folder => `${folder}/sync`

/**
 * Whose applier this clone's worker is built on: the choice of the last `pnpm build --sync`.
 * @param {string} [folder] where it is kept
 * @returns {typeof SYNCS[number]}
 */
export function chosenSync(folder = FOLDER) {
  try {
    const kept = readFileSync(fileIn(folder), 'utf8')
    return SYNCS.find(sync => sync === kept) ?? SYNCS[0]
  }
  catch { return SYNCS[0] }
}

/**
 * Keeps it for every build to come, those of `pnpm start` and the demo too.
 * @param {typeof SYNCS[number]} sync
 * @param {string} [folder]
 */
export function chooseSync(sync, folder = FOLDER) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileIn(folder), sync)
}
