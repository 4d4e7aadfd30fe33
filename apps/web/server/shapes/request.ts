import * as z from 'zod/mini'
import { CLIENT_PARAMETERS } from '../../shared/protocol/sync'
import { Refusal } from '../http/refusal'
import { findShape, type BoundShape } from './definition'
import type { LocalShape } from '../../shared/generated/catalogue.gen'

/** Where a browser stands in a shape's log: what it may say of a shape besides its name. */
export type Position = Partial<Record<(typeof CLIENT_PARAMETERS)[number], string>>

const token = z.string().check(z.regex(/^[\w-]{1,100}$/))
const position = {
  'offset': z.string().check(z.regex(/^(-1|\d{1,20}_(\d{1,20}|inf))$/)),
  'handle': token,
  'cursor': token,
  'expired_handle': token,
  'cache-buster': token,
} satisfies Record<(typeof CLIENT_PARAMETERS)[number], z.ZodMiniType<string>>

/**
 * Reads a shape's name and the query of a request. What is not of the protocol is dropped, whatever it is called;
 * a value of the protocol that is malformed or there twice is refused. Throws `unknown_shape` or `invalid_input`.
 */
export function readShapeRequest(name: string, query: URLSearchParams, viewerId: string): { shape: BoundShape, position: Position } {
  const definition = findShape(name)
  const company = one(query, 'company')
  const read: Position = {}
  for (const parameter of CLIENT_PARAMETERS) {
    const value = one(query, parameter)
    if (value !== undefined) read[parameter] = checked(parameter, value)
  }
  if (read.offset === undefined) throw invalid('offset', 'Say from which offset.')
  if (read.offset !== '-1' && read.handle === undefined) throw invalid('handle', 'Say of which handle the offset is.')
  return { shape: bindShape(definition, company, viewerId), position: read }
}

/** The company that a request speaks of, where it speaks of one: whose role is looked up together with the session. */
export function companyNamed(query: URLSearchParams): string[] {
  return query.getAll('company').filter(company => z.safeParse(z.uuid(), company).success).slice(0, 1)
}

/** Binds a shape to the viewer or to a company; whether the viewer may see it is asked elsewhere. Throws `invalid_input`. */
export function bindShape(definition: LocalShape, company: string | undefined, viewerId: string): BoundShape {
  if (definition.scope === 'user') {
    if (company !== undefined) throw invalid('company', 'This shape is of no company.')
    return { definition, scopeId: viewerId }
  }
  const id = z.safeParse(z.uuid(), company)
  if (!id.success) throw invalid('company', 'Say of which company, by its id.')
  // One spelling only: Electric takes two spellings for two shapes.
  return { definition, scopeId: id.data.toLowerCase() }
}

/** A checked value of the protocol. Throws `invalid_input`. */
export function checked(parameter: (typeof CLIENT_PARAMETERS)[number], value: string): string {
  if (!z.safeParse(position[parameter], value).success) throw invalid(parameter, 'This is not a value that this server gave.')
  return value
}

function one(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw invalid(name, 'Say this once.')
  return values[0]
}

function invalid(field: string, sentence: string): Refusal {
  return new Refusal('invalid_input', { fields: { [field]: sentence } })
}
