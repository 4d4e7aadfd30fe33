import { v7 as uuid } from 'uuid'
import { groupAddPeople, groupCreate, groupDelete, groupDescribe, groupRemovePeople, groupRename } from '#shared/mutations/group'
import type { Mutate, Saving } from '../mutate'
import type { About, Before } from './workspace-verbs'

export interface GroupVerbs {
  /** `id` of what comes back is the group's. */
  createGroup: (name: string, description?: string) => Saving
  renameGroup: (id: string, name: string, edit?: Before) => Saving
  describeGroup: (id: string, description: string, edit?: Before) => Saving
  /** For good: nothing restores a group. Its people stay in the company. */
  deleteGroup: (id: string, more?: About) => Saving
  /** At most 500 people at a time; who is in it already stays so. */
  addPeople: (groupId: string, userIds: readonly string[], more?: About) => Saving
  removePeople: (groupId: string, userIds: readonly string[], more?: About) => Saving
}

/** The edits of a company's groups. `company`: its id; until it is known every edit is refused. */
export function groupVerbs(mutate: Mutate, company: () => string | undefined): GroupVerbs {
  const here = (more: { id?: string, base?: Record<string, unknown>, about?: string } = {}) => ({ company: company(), ...more })
  const from = (field: string, { before, about }: Before = {}) => here({ ...before !== undefined && { base: { [field]: before } }, about: about ?? (field === 'name' ? before : undefined) })

  return {
    createGroup(name, description) {
      const id = uuid()
      return mutate(groupCreate, { id, name, description }, here({ id, about: name }))
    },
    renameGroup: (id, name, edit) => mutate(groupRename, { id, name }, from('name', edit)),
    describeGroup: (id, description, edit) => mutate(groupDescribe, { id, description }, from('description', edit)),
    deleteGroup: (id, more) => mutate(groupDelete, { id }, here(more)),
    addPeople: (groupId, userIds, more) => mutate(groupAddPeople, { group_id: groupId, people: userIds.map(userId => ({ id: uuid(), user_id: userId })) }, here(more)),
    removePeople: (groupId, userIds, more) => mutate(groupRemovePeople, { group_id: groupId, user_ids: [...userIds] }, here(more)),
  }
}
