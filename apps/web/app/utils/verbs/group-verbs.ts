import { v7 as uuid } from 'uuid'
import { groupAddPeople, groupCreate, groupDelete, groupDescribe, groupRemovePeople, groupRename } from '#shared/mutations/group'
import type { Mutate, Saving } from '../mutate'
import type { Before } from './workspace-verbs'

export interface GroupVerbs {
  /** `id` of what comes back is the group's. */
  createGroup: (name: string, description?: string) => Saving
  renameGroup: (id: string, name: string, edit?: Before) => Saving
  describeGroup: (id: string, description: string, edit?: Before) => Saving
  /** For good: nothing restores a group. Its people stay in the company. */
  deleteGroup: (id: string) => Saving
  /** At most 500 people at a time; who is in it already stays so. */
  addPeople: (groupId: string, userIds: readonly string[]) => Saving
  removePeople: (groupId: string, userIds: readonly string[]) => Saving
}

/** The edits of a company's groups. `company`: its id; until it is known every edit is refused. */
export function groupVerbs(mutate: Mutate, company: () => string | undefined): GroupVerbs {
  const here = (more: { id?: string, base?: Record<string, unknown> } = {}) => ({ company: company(), ...more })
  const from = (field: string, edit: Before = {}) => here(edit.before === undefined ? {} : { base: { [field]: edit.before } })

  return {
    createGroup(name, description) {
      const id = uuid()
      return mutate(groupCreate, { id, name, description }, here({ id }))
    },
    renameGroup: (id, name, edit) => mutate(groupRename, { id, name }, from('name', edit)),
    describeGroup: (id, description, edit) => mutate(groupDescribe, { id, description }, from('description', edit)),
    deleteGroup: id => mutate(groupDelete, { id }, here()),
    addPeople: (groupId, userIds) => mutate(groupAddPeople, { group_id: groupId, people: userIds.map(userId => ({ id: uuid(), user_id: userId })) }, here()),
    removePeople: (groupId, userIds) => mutate(groupRemovePeople, { group_id: groupId, user_ids: [...userIds] }, here()),
  }
}
