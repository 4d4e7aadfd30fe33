/** A person waits so long for `npm test` and no longer, and so does whoever merges. */
const BUDGET_MINUTES = 14

/**
 * What `npm test` says of its time. Longer than the budget is said loudly and fails nothing: a slow machine breaks no code,
 * but a budget that is passed in silence is passed every time.
 * @param {number} ms how long all of it took
 */
export function timeSaid(ms) {
  const over = ms - BUDGET_MINUTES * 60_000
  return [
    `All stages: ${(ms / 1000).toFixed(1)} s`,
    ...over > 0 ? [`OVER BUDGET: ${(over / 1000).toFixed(1)} s more than the ${BUDGET_MINUTES} minutes that all stages may take.`] : [],
  ]
}
