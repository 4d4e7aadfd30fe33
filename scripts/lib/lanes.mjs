/**
 * Runs stages in lanes: those of one lane one after the other, lanes side by side (two cores, and most stages use one).
 * A stage waits for all that it names in `after`, whichever lane they are in; one that is not to run counts as over.
 *
 * @template {{ name: string, lane: string, after?: readonly string[] }} Stage
 * @param {readonly Stage[]} stages in their order within a lane; `after` must name earlier ones, or lanes wait for each other
 * @param {(stage: Stage) => Promise<void>} run
 */
export async function inLanes(stages, run) {
  const over = new Map()
  const ends = new Map()
  for (const stage of stages) {
    const before = [ends.get(stage.lane), ...(stage.after ?? []).map(name => over.get(name))]
    const ended = Promise.all(before).then(() => run(stage))
    over.set(stage.name, ended)
    ends.set(stage.lane, ended)
  }
  await Promise.all(over.values())
}
