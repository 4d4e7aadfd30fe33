import * as z from 'zod/mini'
import { LOCAL_SHAPES } from '#shared/generated/catalogue.gen'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { AnyRead } from '#shared/reads/read'
import { readStored, writeStored } from './person'

/**
 * Which shapes of a person's local copy were complete when they were last seen: keys, no data. The database takes a second
 * to open, and this is known at once: a page of someone who was here before asks the server for nothing.
 */
const KEY = 'mvdb:complete'
const schema = z.object({ user: z.string(), keys: z.array(z.string()), all: z.boolean() })

/** `yes`: the local copy has it all; `wait`: it may, and says so as soon as it is open; `no`: it cannot have it. */
export type Completeness = 'yes' | 'wait' | 'no'

const nothing = (user: string) => ({ user, keys: [] as string[], all: false })

const stored = (user: string) => {
  const hint = readStored(KEY, schema)
  return hint?.user === user ? hint : nothing(user)
}

/** Whether anything of a person's local copy was ever complete: otherwise pages show the server's answers at first. */
export const isNoted = (user: string): boolean => stored(user).keys.length > 0

/** What is known of a read before the database is open. */
export function hintOf(user: string, read: AnyRead, values: readonly unknown[]): Completeness {
  const { keys, all } = stored(user)
  if (all) return 'yes'
  if (keys.length === 0) return 'no'
  if (read.scope !== 'company' && read.scope !== 'user') return 'wait'
  const company = String(values[read.params.indexOf('company')]).toLowerCase()
  const needed = Object.values(LOCAL_SHAPES).filter(shape => read.views.includes(shape.localTable))
    .map(({ scope, keySuffix }) => `${scope}-${scope === 'user' ? user : company}${keySuffix}`)
  if (needed.every(key => keys.includes(key))) return 'yes'
  // A guest has the company and not its members: the database knows that nothing more will come.
  return keys.includes(`company-${company}`) ? 'wait' : 'no'
}

/** Notes what is complete by now. Never takes anything back: a leader begins with an empty list at each start. */
export function noteComplete(user: string, shapes: readonly SyncStatusRow[]): void {
  const before = stored(user)
  const held = shapes.filter(shape => shape.state !== 'revoked')
  const keys = [...new Set([...before.keys, ...held.filter(shape => shape.complete).map(shape => shape.shape_key)])].toSorted()
  const all = before.all || (held.some(shape => shape.shape === 'memberships') && held.every(shape => shape.complete))
  if (all !== before.all || keys.length !== before.keys.length) writeStored(KEY, { user, keys, all })
}

/** Forgets companies that the person does not belong to. */
export function keepCompleteOf(user: string, companies: readonly string[]): void {
  const before = stored(user)
  const keys = before.keys.filter(key => !key.startsWith('company-') || companies.some(company => key.startsWith(`company-${company}`)))
  if (keys.length < before.keys.length) writeStored(KEY, { ...before, keys })
}

/** The local copy lacks what was noted, or is gone. */
export function forgetComplete(): void {
  writeStored(KEY, undefined)
}
