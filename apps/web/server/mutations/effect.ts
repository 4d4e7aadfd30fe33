import type { Role } from '../../shared/catalogue/roles'
import type { AnyMutation, Mutation, MutationInput } from '../../shared/mutations/mutation'
import type { TouchedRow } from '../../shared/protocol/mutations'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'

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

/** The same for several edits of one person in one company: what each was made from stands beside its input. */
export type ManyContext = Omit<CompanyContext, 'base' | 'role'>
export interface Edit<Input> extends Pick<CompanyContext, 'base'> {
  readonly input: Input
}
/** What became of one of them. */
export type Done = TouchedRow[] | Refusal

/**
 * What a mutation does to rows. Returns those that the input names; throws a Refusal, and then nothing of it is kept.
 */
type Apply<Context, Input> = (context: Context, input: Input) => Promise<TouchedRow[]>
/**
 * What several of one name do, of which none names what another changes. Returns what became of each, in their order; of
 * one that is refused nothing is written, for the others of the transaction are kept.
 */
type ApplyAll<Input> = (context: ManyContext, edits: readonly Edit<Input>[]) => Promise<Done[]>

interface Common {
  readonly mutation: AnyMutation
}
/** On the person's own row. */
export interface PersonEffect extends Common { readonly of: 'person', readonly apply: Apply<PersonContext, MutationInput> }
/** On rows of a company. `serial`: one after the other in the company, before anything else is locked. */
export interface CompanyEffect extends Common {
  readonly of: 'company'
  readonly serial: boolean
  readonly apply: Apply<CompanyContext, MutationInput>
  /** Only where it is short whatever the input, and locks few rows. */
  readonly applyAll?: ApplyAll<MutationInput>
}
export type Effect = PersonEffect | CompanyEffect

// An effect is given what its own mutation's schema made, so that the narrower input type is right where it is called.
export function personEffect<Input extends MutationInput>(mutation: Mutation<Input>, apply: Apply<PersonContext, Input>): PersonEffect {
  return { of: 'person', mutation: mutation as AnyMutation, apply: apply as Apply<PersonContext, MutationInput> }
}

export function companyEffect<Input extends MutationInput>(mutation: Mutation<Input>, apply: Apply<CompanyContext, Input>, { serial = false } = {}): CompanyEffect {
  return { of: 'company', mutation: mutation as AnyMutation, apply: apply as Apply<CompanyContext, MutationInput>, serial }
}

/** One that comes by the hundred, after a time without a network: many of them take no more statements than one. */
export function manyEffect<Input extends MutationInput>(mutation: Mutation<Input>, applyAll: ApplyAll<Input>): CompanyEffect {
  const effect = companyEffect(mutation, async ({ tx, userId, company, base }, input) => only(await applyAll({ tx, userId, company }, [{ input, base }])))
  return { ...effect, applyAll: applyAll as ApplyAll<MutationInput> }
}

/** The rows of the only one. Throws its Refusal. */
export function only([done = []]: readonly Done[]): TouchedRow[] {
  if (done instanceof Refusal) throw done
  return done
}
