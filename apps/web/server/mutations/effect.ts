import type { Role } from '../../shared/catalogue/roles'
import type { AnyMutation, Mutation, MutationInput } from '../../shared/mutations/mutation'
import type { TouchedRow } from '../../shared/protocol/mutations'
import type { Transaction } from '../db/door'

/** What an effect knows beside its input. */
export interface PersonContext {
  readonly tx: Transaction
  readonly userId: string
  /** What the fields held where the edit was made; empty where nothing was said. */
  readonly base: Readonly<Record<string, unknown>>
}

/** The viewer is in the company, as one of those who may; that stays so until the transaction ends. */
export interface CompanyContext extends PersonContext {
  readonly company: string
  readonly role: Role
}

/**
 * What a mutation does to rows. Returns those that the input names; throws a Refusal, and then nothing of it is kept.
 */
type Apply<Context, Input> = (context: Context, input: Input) => Promise<TouchedRow[]>

interface Common {
  readonly mutation: AnyMutation
}
/** On the person's own row. */
export interface PersonEffect extends Common { readonly of: 'person', readonly apply: Apply<PersonContext, MutationInput> }
/** On rows of a company. `serial`: one after the other in the company, before anything else is locked. */
export interface CompanyEffect extends Common { readonly of: 'company', readonly serial: boolean, readonly apply: Apply<CompanyContext, MutationInput> }
export type Effect = PersonEffect | CompanyEffect

// An effect is given what its own mutation's schema made, so that the narrower input type is right where it is called.
export function personEffect<Input extends MutationInput>(mutation: Mutation<Input>, apply: Apply<PersonContext, Input>): PersonEffect {
  return { of: 'person', mutation: mutation as AnyMutation, apply: apply as Apply<PersonContext, MutationInput> }
}

export function companyEffect<Input extends MutationInput>(mutation: Mutation<Input>, apply: Apply<CompanyContext, Input>, { serial = false } = {}): CompanyEffect {
  return { of: 'company', mutation: mutation as AnyMutation, apply: apply as Apply<CompanyContext, MutationInput>, serial }
}
