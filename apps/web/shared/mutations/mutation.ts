import type * as z from 'zod/mini'
import type { EntityName } from '../catalogue/entities'
import type { Role } from '../catalogue/roles'
import { WRITABLE_BY } from '../generated/roles.gen'

/** An object of named fields, as it travels. */
export type MutationInput = Record<string, unknown>

/**
 * A named change of rows: the one definition that the page, the journal and the server go by. A page gives a name and an
 * input, never a row; what it does to rows is the server's (`server/mutations`), under the same name and version.
 */
export interface Mutation<Input extends MutationInput> {
  readonly name: string
  /** Raised when the input changes its meaning. The server keeps the older one for as long as unsent edits may hold it. */
  readonly version: number
  /** What it writes. */
  readonly entity: EntityName
  /** Roles whose holder may, in the company that the mutation names; `self`: everyone, on their own row, in no company. */
  readonly may: readonly Role[] | 'self'
  /** Checks an input and brings it to its one spelling (trimmed, keys in lower case). */
  readonly input: z.ZodMiniType<Input>
}

export type AnyMutation = Mutation<MutationInput>

interface Definition<Input extends MutationInput> {
  name: string
  version: number
  entity: EntityName
  /** Only where it is the person's own row. */
  may?: 'self'
  input: z.ZodMiniType<Input>
}

/** Defines a mutation; see `Mutation`. Who may is whom the catalogue lets write the entity. */
export function defineMutation<Input extends MutationInput>(definition: Definition<Input>): Mutation<Input> {
  return { ...definition, may: definition.may ?? WRITABLE_BY[definition.entity] }
}
