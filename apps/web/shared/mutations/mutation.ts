import type * as z from 'zod/mini'
import type { EntityName } from '../catalogue/entities'
import type { Role } from '../catalogue/roles'
import { WRITABLE_BY } from '../generated/roles.gen'

/** An object of named fields, as it travels. */
export type MutationInput = Record<string, unknown>

/**
 * What a mutation has to do with, by keys of rows: a later one that names one of them comes after it.
 * - `makes`: rows (or deletions) that are there only after it: while it is refused, whatever names them is held;
 * - `changes`: rows that it changes: while it is refused, later changes of the same kind to them are held;
 * - `needs`: rows that must be there, or in their place;
 * - `tree`: as the server locks it: who moves, deletes or restores folders goes alone, who edits one or puts one in shares;
 * - `moves`, `clears`: what is deleted after something was moved may be where that came from. It waits for the answer, and
 *   is held where that is no.
 */
export interface Touches {
  readonly makes?: readonly string[]
  readonly changes?: readonly string[]
  readonly needs?: readonly string[]
  readonly tree?: 'share' | 'alone'
  readonly moves?: true
  readonly clears?: true
}

/**
 * A named change of rows: the one definition that the page, the journal and the server go by. A page gives a name and an
 * input, never a row; what it does to rows is the server's (`server/mutations`), under the same name and version.
 */
export interface Mutation<Input extends MutationInput, Name extends string = string> {
  readonly name: Name
  /** Raised when the input changes its meaning. The server keeps the older one for as long as unsent edits may hold it. */
  readonly version: number
  /** What it writes. */
  readonly entity: EntityName
  /** Roles whose holder may, in the company that the mutation names; `self`: everyone, on their own row, in no company. */
  readonly may: readonly Role[] | 'self'
  /** Checks an input and brings it to its one spelling (trimmed, keys in lower case). */
  readonly input: z.ZodMiniType<Input>
  /** A method, so that a mutation of one input counts as a mutation: whoever calls it has checked the input by the schema. */
  touches(input: Input): Touches
}

export type AnyMutation = Mutation<MutationInput>

interface Definition<Input extends MutationInput, Name extends string> {
  name: Name
  version: number
  entity: EntityName
  /** Only where it is the person's own row. */
  may?: 'self'
  input: z.ZodMiniType<Input>
  touches: (input: Input) => Touches
}

/** Defines a mutation; see `Mutation`. Who may is whom the catalogue lets write the entity. */
export function defineMutation<Input extends MutationInput, const Name extends string>(definition: Definition<Input, Name>): Mutation<Input, Name> {
  return { ...definition, may: definition.may ?? WRITABLE_BY[definition.entity] }
}
