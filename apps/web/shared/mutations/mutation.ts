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

/** What the rows held before an edit, as far as whoever made it knew: enough to take it back. */
export interface Was {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly position?: string | undefined
  /** Of a lead; null: it was nobody's, and merged into none. */
  readonly status?: string | undefined
  readonly assignee_id?: string | null | undefined
  readonly notes?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly merged_into?: string | null | undefined
  /** Where folders lay. */
  readonly places?: readonly { readonly id: string, readonly workspace_id: string, readonly parent_id: string | null, readonly position: string }[]
  /** What was deleted. */
  readonly ids?: readonly string[]
}

/** An edit that can be made, of what takes another one back. It is made of today's version of its mutation. */
export interface Step {
  readonly name: string
  /** The edit's own key, where its input names it. */
  readonly id?: string
  readonly input: MutationInput
  /** What the fields hold if nobody else changed them meanwhile; where one has, it is a conflict. */
  readonly base?: Readonly<Record<string, unknown>>
  readonly was?: Was
}

/** What is sent of an edit, beside which mutation it is of. */
export interface EditOf<Input extends MutationInput> {
  readonly input: Input
  /** What the fields held where it was made; empty where nothing was said. */
  readonly base: Readonly<Record<string, unknown>>
}

/** An earlier version of a mutation, which edits may be of that have waited on a device since. */
export interface Earlier<Input extends MutationInput> {
  readonly version: number
  /** YYYY-MM-DD, the last day on which the server does it; docs/decisions/0005 says how long that must be. */
  readonly until: string
  /** Checks an input by the schema of that version, and says in the words of today's what was meant. */
  read(sent: EditOf<MutationInput>): EarlierRead<Input>
}

export type EarlierRead<Input extends MutationInput> =
  /** `spelled`: the input as that schema spells it. */
  | { readonly success: true, readonly spelled: MutationInput, readonly edit: EditOf<Input> }
  | { readonly success: false, readonly error: z.core.$ZodError }

/**
 * A named change of rows: the one definition that the page, the journal and the server go by. A page gives a name and an
 * input, never a row; what it does to rows is the server's (`server/mutations`), under the same name and version.
 */
export interface Mutation<Input extends MutationInput, Name extends string = string> {
  readonly name: Name
  /** Raised when the input changes its meaning; what it meant before goes to `earlier`. */
  readonly version: number
  readonly earlier?: readonly Earlier<Input>[]
  /** What it writes. */
  readonly entity: EntityName
  /** Roles whose holder may, in the company that the mutation names; `self`: everyone, on their own row, in no company. */
  readonly may: readonly Role[] | 'self'
  /** Checks an input and brings it to its one spelling (trimmed, keys in lower case). */
  readonly input: z.ZodMiniType<Input>
  /** A method, so that a mutation of one input counts as a mutation: whoever calls it has checked the input by the schema. */
  touches(input: Input): Touches
  /**
   * What takes the edit back, in this order, so that nothing of others is lost by it; undefined where nothing does.
   * @param newKey makes a key that nothing has yet
   */
  inverse?(input: Input, was: Was, newKey: () => string): readonly Step[] | undefined
}

export type AnyMutation = Mutation<MutationInput>

interface Definition<Input extends MutationInput, Name extends string> {
  name: Name
  version: number
  earlier?: readonly Earlier<Input>[]
  entity: EntityName
  /** Only where it is the person's own row. */
  may?: 'self'
  input: z.ZodMiniType<Input>
  touches: (input: Input) => Touches
  inverse?: (input: Input, was: Was, newKey: () => string) => readonly Step[] | undefined
}

interface EarlierDefinition<Before extends MutationInput, Input extends MutationInput> {
  version: number
  until: string
  /** The schema of that version. */
  input: z.ZodMiniType<Before>
  /** What was meant, in the words of today's version. */
  raise: (sent: EditOf<Before>) => EditOf<Input>
}

/** Defines an earlier version; see `Earlier`. */
export function earlier<Before extends MutationInput, Input extends MutationInput>({ version, until, input, raise }: EarlierDefinition<Before, Input>): Earlier<Input> {
  return {
    version, until,
    read(sent) {
      const checked = input.safeParse(sent.input)
      return checked.success ? { success: true, spelled: checked.data, edit: raise({ input: checked.data, base: sent.base }) } : checked
    },
  }
}

/** Defines a mutation; see `Mutation`. Who may is whom the catalogue lets write the entity. */
export function defineMutation<Input extends MutationInput, const Name extends string>(definition: Definition<Input, Name>): Mutation<Input, Name> {
  return { ...definition, may: definition.may ?? WRITABLE_BY[definition.entity] }
}
