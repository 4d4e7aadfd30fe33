import * as z from 'zod/mini'
import { LOCAL_SHAPES } from '../../shared/generated/catalogue.gen'
import { reads } from '../../shared/reads/index'
import { checkPositional, type AnyRead } from '../../shared/reads/read'
import { Refusal } from '../http/refusal'
import type { BoundShape } from '../shapes/definition'

/** A read with its checked parameters, as one viewer asks for it. */
export interface AskedRead {
  readonly read: AnyRead
  readonly values: unknown[]
}

const list = z.array(z.unknown())

/**
 * Reads the name and the query of a request. Throws `unknown_read`, also for one that only a browser can answer, or
 * `invalid_input` with a sentence for each parameter that is wrong.
 */
export function readAsked(name: string, query: URLSearchParams): AskedRead {
  const read = Object.hasOwn(reads, name) ? reads[name] : undefined
  if (!read || read.localOnly) throw new Refusal('unknown_read')
  const given = query.getAll('params')
  if (given.length > 1) throw invalid({ params: 'Say this once.' })
  try {
    return { read, values: checkPositional(read, list.parse(parse(given[0] ?? '[]'))) }
  }
  catch (error) {
    if (!(error instanceof z.core.$ZodError)) throw error
    throw invalid(Object.fromEntries(error.issues.map(issue => [issue.path.join('.') || 'params', 'This is not a value that the read takes.'])))
  }
}

/** The shapes of the company that a read names: who may not hold them hears the same as from a shape. */
export function shapesOf({ read, values }: AskedRead): BoundShape[] {
  const company = values[read.params.indexOf('company')]
  if (typeof company !== 'string') return []
  return Object.values(LOCAL_SHAPES)
    .filter(shape => shape.scope === 'company' && read.views.includes(shape.localTable))
    .map(definition => ({ definition, scopeId: company.toLowerCase() }))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  }
  catch {
    throw invalid({ params: 'This is not JSON.' })
  }
}

const invalid = (fields: Record<string, string>) => new Refusal('invalid_input', { fields })
