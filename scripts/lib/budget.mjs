/** A person waits so long for `npm test` and no longer, and so does whoever merges. */
const BUDGET_MINUTES = 14

const seconds = ms => `${(ms / 1000).toFixed(1)} s`

/**
 * What is said of a stage that took longer than its part. It fails nothing: a slow machine breaks no code, but a budget
 * that is passed in silence is passed every time.
 * @param {{ name: string, budget: number }} stage its budget in seconds, on two cores
 * @param {number} ms how long it took
 * @returns {string[]} one line, or none
 */
export function overBudget({ name, budget }, ms) {
  return ms > budget * 1000 ? [`OVER BUDGET: ${name} took ${seconds(ms)} of the ${budget} s that it may take: what is longest in it can be given the tag soak.`] : []
}

/**
 * What `npm test` says of its time.
 * @param {number} ms how long all of it took
 */
export function timeSaid(ms) {
  const over = ms - BUDGET_MINUTES * 60_000
  return [
    `All stages: ${seconds(ms)}`,
    ...over > 0 ? [`OVER BUDGET: ${seconds(over)} more than the ${BUDGET_MINUTES} minutes that all stages may take.`] : [],
  ]
}
