import * as z from 'zod/mini'
import { readStored, writeStored } from './person'

/** How a person left the tree of a workspace: ids of open folders and pixels, no names. */
export interface TreeMemory { open: string[], top: number }

const PREFIX = 'mvdb:tree:'
const schema = z.object({ open: z.array(z.guid()), top: z.number() })
/** More open folders than this are closed again by a reload: each is read anew. */
const KEPT = 100

/** Whose tree: ids. The company is named so that what was noted goes with it. */
export interface TreeKey { user: string, company: string, workspace: string }

const keyOf = ({ user, company, workspace }: TreeKey) => `${PREFIX}${user}:${company}:${workspace}`

export function readTreeMemory(tree: TreeKey): TreeMemory {
  return readStored(keyOf(tree), schema) ?? { open: [], top: 0 }
}

export function writeTreeMemory(tree: TreeKey, change: Partial<TreeMemory>): void {
  const { open, top } = { ...readTreeMemory(tree), ...change }
  writeStored(keyOf(tree), { open: open.slice(-KEPT), top: Math.round(top) })
}

/** Removes what others left: somebody signed out, or another person is here now. */
export function forgetOtherTrees(user: string | undefined): void {
  forgetTrees(key => user === undefined || !key.startsWith(`${PREFIX}${user}:`))
}

/** Removes what was noted of trees in companies that the person does not belong to. */
export function keepTreesOf(user: string, companies: readonly string[]): void {
  forgetTrees(key => !companies.some(company => key.startsWith(`${PREFIX}${user}:${company}:`)))
}

function forgetTrees(isMeant: (key: string) => boolean): void {
  const keys = Array.from({ length: localStorage.length }, (_, place) => localStorage.key(place) ?? '')
  for (const key of keys) if (key.startsWith(PREFIX) && isMeant(key)) localStorage.removeItem(key)
}
