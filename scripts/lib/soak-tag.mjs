/** Put on tests that `npm test` has no time for, as `{ tags: [SOAK] }`: `npm run test:soak` runs them. */
export const SOAK = 'soak'

/** What a vitest configuration must know of it. */
export const TAGS = [{ name: SOAK, description: 'Longer than npm test has time for: npm run test:soak.' }]

/** @typedef {'quick' | 'soak'} Depth which tests a run is about: those of `npm test`, or those it leaves out */

/** @type {Record<Depth, string>} the same as vitest's --tags-filter */
export const TAG_FILTERS = { quick: `!${SOAK}`, soak: SOAK }

/** @param {readonly string[]} tags of a test @param {Depth} depth */
export const isOf = (tags, depth) => tags.includes(SOAK) === (depth === 'soak')

/** Options of one case out of several: where it is one too many for every run, it gets the tag. @param {boolean} isQuick */
export const quickIf = isQuick => isQuick ? {} : { tags: [SOAK] }
