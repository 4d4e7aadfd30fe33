import type { Role } from '../../shared/catalogue/roles'
import { answerBody, type AnswerBody } from '../../shared/protocol/answers'
import { Refusal } from '../http/refusal'
import type { BoundShape } from './definition'

type Denied = 'membership_ended' | 'role_changed'

/** The viewer's role in each company that they belong to, as the database said it just now. */
export type Roles = ReadonlyMap<string, Role>

/** The companies whose roles decide about these shapes. */
export const companiesOf = (shapes: readonly BoundShape[]): string[] => [...new Set(shapes.filter(isOfCompany).map(shape => shape.scopeId))]

/**
 * Says which of the shapes a viewer with these roles may hold. Returns an answer for each, in the same order: undefined
 * where the viewer may. Who never was a member, or asks for a company that there is not, hears what a former member hears.
 */
export function authorise(roles: Roles, shapes: readonly BoundShape[]): (AnswerBody | undefined)[] {
  return shapes.map((shape) => {
    const code = denial(shape, roles)
    return code && answerBody(code, { company: shape.scopeId })
  })
}

/** The same for one shape. Throws `membership_ended` or `role_changed`. */
export function requireShape(roles: Roles, shape: BoundShape): void {
  const [denied] = authorise(roles, [shape])
  if (denied) throw new Refusal(denied.code, { company: denied.company })
}

function denial(shape: BoundShape, roles: Roles): Denied | undefined {
  if (!isOfCompany(shape)) return undefined
  const role = roles.get(shape.scopeId)
  if (!role) return 'membership_ended'
  return shape.definition.visibleTo.includes(role) ? undefined : 'role_changed'
}

const isOfCompany = (shape: BoundShape) => shape.definition.scope === 'company'
