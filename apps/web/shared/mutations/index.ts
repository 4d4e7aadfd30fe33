import { companySettings, memberChangeRole } from './company'
import { folderCreate, folderDelete, folderDescribe, folderMove, folderRename, folderRestore } from './folder'
import { groupAddPeople, groupCreate, groupDelete, groupDescribe, groupRemovePeople, groupRename } from './group'
import { leadAssign, leadErase, leadMerge, leadSetNotes, leadSetStatus, leadSetTags } from './lead'
import type { AnyMutation } from './mutation'
import { personPreferences, personProfile } from './person'
import { workspaceCreate, workspaceDelete, workspaceDescribe, workspaceMove, workspaceRename, workspaceRestore } from './workspace'

/** Every mutation of this version of the app. */
export const mutations = [
  workspaceCreate, workspaceRename, workspaceDescribe, workspaceMove, workspaceDelete, workspaceRestore,
  folderCreate, folderRename, folderDescribe, folderMove, folderDelete, folderRestore,
  groupCreate, groupRename, groupDescribe, groupDelete, groupAddPeople, groupRemovePeople,
  leadSetStatus, leadAssign, leadSetNotes, leadSetTags, leadMerge, leadErase,
  memberChangeRole, companySettings,
  personProfile, personPreferences,
] as const satisfies readonly AnyMutation[]

export type MutationName = (typeof mutations)[number]['name']

/** Today's mutation of a name. Throws where there is none: names of this version come from this version. */
export function currentMutation(name: string): AnyMutation {
  const found = (mutations as readonly AnyMutation[]).find(mutation => mutation.name === name)
  if (!found) throw new Error(`No mutation is named ${name}`)
  return found
}
