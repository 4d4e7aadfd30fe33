import { companyEffects } from './company'
import type { Effect } from './effect'
import { folderEffects } from './folder'
import { groupEffects } from './group'
import { leadEffects } from './lead'
import { personEffects } from './person'
import { workspaceEffects } from './workspace'

const all: readonly Effect[] = [...workspaceEffects, ...folderEffects, ...groupEffects, ...leadEffects, ...companyEffects, ...personEffects]
const effects: ReadonlyMap<string, Effect> = new Map(all.map(effect => [effect.mutation.name, effect]))

/** What today's mutation of a name does; undefined where this server has none. */
export const findEffect = (name: string): Effect | undefined => effects.get(name)
