import { CONVERTED } from '#shared/leads/figures'
import type { LeadFiguresRow, WorkspaceActivityRow } from '#shared/reads/lead-figures'
import { crossFilter, type Chosen } from './cross-filter'
import { cubeOf, NONE, type Cube, type Kind } from './cube'
import { dayNumber, type Span } from './days'
import { rateOf, type Rate } from './interval'

/** What leads are counted by beside their day, in the order of a cell of the read. */
export const LEAD_DIMENSIONS = ['source', 'variant', 'status', 'assignee', 'score'] as const
export type LeadDimension = typeof LEAD_DIMENSIONS[number]
export type LeadCube = Cube<LeadDimension>
export const ACTIVITY_DIMENSIONS = ['workspace'] as const

type Cell = [source: string, variant: string | null, status: string, assignee: string | null, band: number, days: string]

/** So many variants are told apart, the commonest: strangers name them, and a chart has an end. */
const VARIANTS = 50
const OTHERS = 'Others'
const VARIANT = LEAD_DIMENSIONS.indexOf('variant')

/** The cube out of the rows of the read. */
export function leadCube(rows: readonly LeadFiguresRow[]): LeadCube {
  const kinds = [...kindsOf(rows)]
  const counts = new Map<string, number>()
  for (const { values, days } of kinds) {
    const variant = values[VARIANT] ?? NONE
    counts.set(variant, days.reduce((sum, [, count]) => sum + count, counts.get(variant) ?? 0))
  }
  if (counts.size <= VARIANTS) return cubeOf(LEAD_DIMENSIONS, kinds)
  const told = new Set([...counts].sort(([, one], [, other]) => other - one).slice(0, VARIANTS).map(([variant]) => variant))
  return cubeOf(LEAD_DIMENSIONS, kinds.map(({ values, days }) => told.has(values[VARIANT] ?? NONE) ? { values, days } : { values: values.with(VARIANT, OTHERS), days }))
}

function* kindsOf(rows: readonly LeadFiguresRow[]): Generator<Kind> {
  for (const { month, cells } of rows) {
    const before = (dayNumber(`${month}-01`) ?? 0) - 1
    for (const [source, variant, status, assignee, band, days] of JSON.parse(cells) as Cell[]) {
      yield { values: [source, variant, status, assignee, String(band)], days: pairs(days).map(([day, count]) => [before + Number(day), count]) }
    }
  }
}

export const activityCube = (rows: readonly WorkspaceActivityRow[]) =>
  cubeOf(ACTIVITY_DIMENSIONS, rows.map(({ workspace_id: id, days }) => ({ values: [id], days: pairs(days).map(([day, count]) => [dayNumber(day) ?? 0, count]) })))

function pairs(text: string): [string, number][] {
  const words = text.split(' ')
  return Array.from({ length: words.length / 2 }, (_, at) => [words[2 * at] ?? '', Number(words[2 * at + 1])])
}

export interface Conversion { readonly total: Rate, readonly byVariant: ReadonlyMap<string, Rate> }

/**
 * How many of the leads were won. It heeds every filter but that of the status, which would make it 0 or 100 %; by
 * variant, all variants are told.
 */
export function conversionOf(cube: LeadCube, span: Span, chosen: Chosen<LeadDimension>): Conversion {
  const all = crossFilter(cube, span, { ...chosen, values: { ...chosen.values, status: [] } })
  const won = crossFilter(cube, span, { ...chosen, values: { ...chosen.values, status: [CONVERTED] } })
  const wonByVariant = won.by.variant
  return {
    total: rateOf(won.total, all.total),
    byVariant: new Map(cube.values.variant.map((value, at) => [value, rateOf(wonByVariant[at] ?? 0, all.by.variant[at] ?? 0)])),
  }
}
