import type { Role } from '../catalogue/roles'
import type { CompanyMemberRow } from '../generated/catalogue.gen'
import { byName, defineRead, uuid } from './read'

export type MemberListRow = Pick<CompanyMemberRow, 'id' | 'user_id' | 'name' | 'email' | 'avatar_url'> & { role: Role }

/** The people of a company, most powerful role first, then by name. */
export const membersRead = defineRead<MemberListRow>()({
  name: 'members',
  views: ['company_members'],
  input: { company: uuid() },
  sql: `SELECT id, user_id, name, email, avatar_url, role FROM app_read.company_members
    WHERE company_id = $1::uuid
    ORDER BY array_position(ARRAY['owner', 'admin', 'member', 'guest'], role), ${byName('name')}, id`,
})
