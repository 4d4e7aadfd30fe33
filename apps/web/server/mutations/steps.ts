import type { Asked } from './asked'

/**
 * Mutations of one company, put into steps of one effect each, to be done one after the other. None of a step names what
 * another of it changes, and where one names what an earlier one changes, or the other way round, it is in a later step:
 * what comes of them is what came of them in their order, and names and descriptions by turns are still two steps.
 */
export function stepsOf<One extends Asked>(asked: readonly One[]): One[][] {
  const steps: One[][] = []
  /** By key: the first step after the last one that changes it, and after the last one that names it. */
  const [afterChange, afterMention] = [new Map<string, number>(), new Map<string, number>()]
  for (const one of asked) {
    const { makes = [], changes = [], needs = [] } = one.effect.mutation.touches(one.input)
    const written = [...makes, ...changes]
    const earliest = Math.max(0, ...written.map(key => afterMention.get(key) ?? 0), ...needs.map(key => afterChange.get(key) ?? 0))
    const found = steps.findIndex((step, place) => place >= earliest && step[0]?.effect === one.effect)
    const place = found < 0 ? steps.push([]) - 1 : found
    steps[place]?.push(one)
    const note = (after: Map<string, number>, key: string) => after.set(key, Math.max(after.get(key) ?? 0, place + 1))
    for (const key of written) note(afterChange, key)
    for (const key of [...written, ...needs]) note(afterMention, key)
  }
  return steps
}
