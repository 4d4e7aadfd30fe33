import { TEXT_LENGTHS } from '#shared/catalogue/texts'

/** Names that are as likely, or each with its weight. */
export type Variants = readonly string[] | Readonly<Record<string, number>>

/** It stands in a lead, between a colon and a comma. */
const NAME = /^[\w-]{1,40}$/

/**
 * Draws the variant of an experiment.
 * @param experiment its name
 * @param variants at least one that can be drawn
 * @param how random from 0 to below 1, and the variant that somebody asked for; one that there is not is as none
 */
export function draw(experiment: string, variants: Variants, { random, asked }: { random: () => number, asked?: string | undefined }): string {
  const weights = Array.isArray(variants) ? variants.map((name: string) => [name, 1] as const) : Object.entries(variants as Readonly<Record<string, number>>)
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  if (![experiment, ...weights.map(([name]) => name)].every(name => NAME.test(name))) throw new TypeError(`the experiment "${experiment}" has a name that is none: letters, digits, _ and -, 40 at most`)
  if (weights.some(([, weight]) => !(weight >= 0)) || !(total > 0 && total < Infinity)) throw new TypeError(`the experiment "${experiment}" has no variant that can be drawn`)
  if (weights.some(([name]) => name === asked)) return asked as string
  let left = random() * total
  const drawable = weights.filter(([, weight]) => weight > 0)
  for (const [name, weight] of drawable) {
    if (left < weight) return name
    left -= weight
  }
  // What is left of a sum of fractions.
  return drawable.at(-1)?.[0] as string
}

/** Experiments and their variants in one text, as a lead has them: `headline:b,button:a`. As many as find room, whole ones; null where there are none. */
export function limitVariants(drawn: ReadonlyMap<string, string>): string | null {
  let text = ''
  for (const [experiment, variant] of drawn) {
    const longer = `${text}${text && ','}${experiment}:${variant}`
    if (longer.length <= TEXT_LENGTHS.leads.variant) text = longer
  }
  return text || null
}
