import { companyEffects } from './company'
import type { Effect } from './effect'
import { folderEffects } from './folder'
import { groupEffects } from './group'
import { personEffects } from './person'
import { workspaceEffects } from './workspace'

const keyOf = (name: string, version: number) => `${name}@${version}`

const all: readonly Effect[] = [...workspaceEffects, ...folderEffects, ...groupEffects, ...companyEffects, ...personEffects]
const effects: ReadonlyMap<string, Effect> = new Map(all.map(effect => [keyOf(effect.mutation.name, effect.mutation.version), effect]))

/** What the mutation of a name and version does; undefined where this server does not know it. */
export const findEffect = (name: string, version: number): Effect | undefined => effects.get(keyOf(name, version))
