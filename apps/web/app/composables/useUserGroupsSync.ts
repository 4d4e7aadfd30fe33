import { toValue, type MaybeRefOrGetter } from 'vue'
import { groupMembersRead, groupsRead, type GroupListRow, type GroupMemberListRow } from '#shared/reads/groups'
import { groupVerbs, type GroupVerbs } from '../utils/verbs/group-verbs'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useMutate } from './useMutate'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

export interface UserGroupsSync extends SyncContract, GroupVerbs {
  readonly groups: LiveRows<GroupListRow>['rows']
  /** Who is in which group, by name. */
  readonly groupMembers: LiveRows<GroupMemberListRow>['rows']
  readonly loaded: LiveRows<GroupListRow>['loaded']
  /** Whether who is in which group is an answer: until then a group without people is not one that has none. */
  readonly groupMembersLoaded: LiveRows<GroupMemberListRow>['loaded']
}

/** A company's groups and who is in them (shapes `company-<id>-groups` and `-group-members`). */
export function useUserGroupsSync(companyId: MaybeRefOrGetter<string | undefined>): UserGroupsSync {
  const params = () => {
    const company = toValue(companyId)
    return company === undefined ? undefined : { company }
  }
  const groups = useLiveRows(groupsRead, params)
  const groupMembers = useLiveRows(groupMembersRead, params)
  return {
    groups: groups.rows,
    groupMembers: groupMembers.rows,
    loaded: groups.loaded,
    groupMembersLoaded: groupMembers.loaded,
    ...groupVerbs(useMutate(), () => toValue(companyId)),
    ...useCompanyShapesSync(companyId, ['groups', 'group-members']),
  }
}
