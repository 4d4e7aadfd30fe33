import * as z from 'zod/mini'
import { readStored, writeStored } from './person'

/** How a person left the tree of a workspace: ids of open folders and pixels, no names. */
export interface TreeMemory { open: string[], top: number }

const PREFIX = 'mvdb:tree:'
const schema = z.object({ open: z.array(z.guid()), top: z.number() })
/** More open folders than this are closed again by a reload: each is read anew. */
const KEPT = 100

const keyOf = (user: string, workspace: string) => `${PREFIX}${user}:${workspace}`

export function readTreeMemory(user: string, workspace: string): TreeMemory {
  return readStored(keyOf(user, workspace), schema) ?? { open: [], top: 0 }
}

export function writeTreeMemory(user: string, workspace: string, change: Partial<TreeMemory>): void {
  const { open, top } = { ...readTreeMemory(user, workspace), ...change }
  writeStored(keyOf(user, workspace), { open: open.slice(-KEPT), top: Math.round(top) })
}

/** Removes what others left: somebody signed out, or another person is here now. */
export function forgetOtherTrees(user: string | undefined): void {
  const mine = `${PREFIX}${user}:`
  const keys = Array.from({ length: localStorage.length }, (_, place) => localStorage.key(place) ?? '')
  for (const key of keys) if (key.startsWith(PREFIX) && !(user && key.startsWith(mine))) localStorage.removeItem(key)
}
