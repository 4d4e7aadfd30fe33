import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { Role } from '../../shared/catalogue/roles'
import { companies, companyMembers } from '../../shared/catalogue/tables'
import { answerBody, type AnswerBody } from '../../shared/protocol/answers'
import { withTenant } from '../db/door'
import { Refusal } from '../http/refusal'
import type { BoundShape } from './definition'

type Denied = 'membership_ended' | 'role_changed'

/**
 * Asks the database now which of the shapes a viewer may hold. Returns an answer for each, in the same order: undefined
 * where the viewer may. Who never was a member, or asks for a company that there is not, hears what a former member hears.
 */
export async function authorise(userId: string, shapes: readonly BoundShape[]): Promise<(AnswerBody | undefined)[]> {
  const ids = [...new Set(shapes.filter(isOfCompany).map(shape => shape.scopeId))]
  const roles = ids.length > 0 ? await rolesIn(userId, ids) : new Map<string, Role>()
  return shapes.map((shape) => {
    const code = denial(shape, roles)
    return code && answerBody(code, { company: shape.scopeId })
  })
}

/** The same for one shape. Throws `membership_ended` or `role_changed`. */
export async function requireShape(userId: string, shape: BoundShape): Promise<void> {
  const [denied] = await authorise(userId, [shape])
  if (denied) throw new Refusal(denied.code, { company: denied.company })
}

function denial(shape: BoundShape, roles: ReadonlyMap<string, Role>): Denied | undefined {
  if (!isOfCompany(shape)) return undefined
  const role = roles.get(shape.scopeId)
  if (!role) return 'membership_ended'
  return shape.definition.visibleTo.includes(role) ? undefined : 'role_changed'
}

const isOfCompany = (shape: BoundShape) => shape.definition.scope === 'company'

async function rolesIn(userId: string, ids: string[]): Promise<Map<string, Role>> {
  const rows = await withTenant({ userId }, tx => tx
    .select({ company: companyMembers.company_id, role: companyMembers.role })
    .from(companyMembers).innerJoin(companies, eq(companies.id, companyMembers.company_id))
    .where(and(eq(companyMembers.user_id, userId), inArray(companyMembers.company_id, ids), isNull(companies.deleted_at))))
  // A check constraint holds the column to these words.
  return new Map(rows.map(row => [row.company, row.role as Role]))
}
