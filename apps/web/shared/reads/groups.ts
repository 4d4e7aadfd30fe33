import type { CompanyMemberRow, UserGroupMemberRow, UserGroupRow } from '../generated/catalogue.gen'
import { byName, defineRead, uuid } from './read'

export type GroupListRow = Pick<UserGroupRow, 'id' | 'name' | 'description'>
export type GroupMemberListRow
  = Pick<UserGroupMemberRow, 'id' | 'group_id' | 'user_id'> & Pick<CompanyMemberRow, 'name' | 'email'>

export const groupsRead = defineRead<GroupListRow>()({
  name: 'groups',
  views: ['user_groups'],
  input: { company: uuid() },
  sql: `SELECT id, name, description FROM app_read.user_groups
    WHERE company_id = $1::uuid ORDER BY ${byName('name')}, id`,
})

/** Who is in which group of the company. A person whose own row has not arrived yet is left out. */
export const groupMembersRead = defineRead<GroupMemberListRow>()({
  name: 'group-members',
  views: ['user_group_members', 'company_members'],
  input: { company: uuid() },
  sql: `SELECT g.id, g.group_id, g.user_id, m.name, m.email
    FROM app_read.user_group_members g
    JOIN app_read.company_members m ON m.company_id = g.company_id AND m.user_id = g.user_id
    WHERE g.company_id = $1::uuid
    ORDER BY ${byName('m.name')}, g.id`,
})
