import type { Role } from '../catalogue/roles'
import type { CompanyRow } from '../generated/catalogue.gen'
import { byName, defineRead, uuid } from './read'

/** A company with the viewer's own role in it. */
export type CompanyListRow = Pick<CompanyRow, 'id' | 'name' | 'slug'> & { role: Role }
export type CompanyDetail = Pick<CompanyRow, 'id' | 'name' | 'slug' | 'owner_id' | 'settings' | 'created_at'> & { role: Role }

/** What the viewer is in a company; no row where they are not, or no longer, a member. */
export const membershipRead = defineRead<{ role: Role }>()({
  name: 'membership',
  views: ['memberships'],
  input: { company: uuid() },
  sql: 'SELECT role FROM app_read.memberships WHERE company_id = $1::uuid',
})

const views = ['memberships', 'companies']

/** The companies that the viewer belongs to. One whose row has not arrived yet is not listed. */
export const companiesRead = defineRead<CompanyListRow>()({
  name: 'companies',
  views,
  input: {},
  sql: `SELECT c.id, c.name, c.slug, m.role
    FROM app_read.memberships m JOIN app_read.companies c ON c.id = m.company_id
    ORDER BY ${byName('c.name')}, c.id`,
})

export const companyRead = defineRead<CompanyDetail>()({
  name: 'company',
  views,
  input: { company: uuid() },
  sql: `SELECT c.id, c.name, c.slug, c.owner_id, c.settings, c.created_at, m.role
    FROM app_read.memberships m JOIN app_read.companies c ON c.id = m.company_id
    WHERE m.company_id = $1::uuid`,
})
