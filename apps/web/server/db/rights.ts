import { LOCAL_SHAPES, type LocalShape } from '../../shared/generated/catalogue.gen'
import { WRITABLE_BY } from '../../shared/generated/roles.gen'
import type { EntityName } from '../../shared/catalogue/entities'
import { EVERYONE, MANAGERS, STAFF, type Role } from '../../shared/catalogue/roles'
import { mutations } from '../../shared/mutations/index'
import type { Door } from './asker'

/** One rule of row level security. Rules of one table and command are alternatives: one that holds is enough. */
export interface Policy {
  /** With its schema. */
  readonly table: string
  readonly name: string
  readonly command: 'ALL' | 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'
  /** Which rows are seen, locked or taken away. */
  readonly using?: string
  /** Which rows may be there afterwards. */
  readonly check?: string
}

type Rule = Omit<Policy, 'table'>

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll('\'', '\'\'')}'`

// Each in a SELECT of its own: PostgreSQL asks it once a statement and then only compares.
const VIEWER = `(SELECT nullif(current_setting('app.user_id', true), '')::uuid)`
const through = (door: Door) => `(SELECT current_setting('app.door', true)) = ${literal(door)}`
const inCompanyAs = (column: string, roles: readonly Role[]) =>
  `${column} = ANY ((SELECT auth.companies_of(ARRAY[${roles.map(literal).join(', ')}]))::uuid[])`
const either = (conditions: readonly string[]) => conditions.map(one => `(${one})`).join(' OR ')

/** The account acts reach these rows of the catalogue, whoever they are of: who signs up or accepts an invite is nobody yet. */
const ACCOUNTS: Partial<Record<EntityName, readonly Rule['command'][]>> = {
  users: ['SELECT', 'INSERT', 'UPDATE'],
  companies: ['SELECT', 'INSERT', 'UPDATE'],
  company_members: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
}

/** The company that the public form in hand is of. */
const OF_FORM = `${through('form')} AND company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid)`
/** What a stranger sends is added, and the device that sent it may correct it; nothing of it is taken away. */
const FORM: readonly Rule[] = [
  { name: 'form select', command: 'SELECT', using: OF_FORM },
  { name: 'form insert', command: 'INSERT', check: OF_FORM },
  { name: 'form update', command: 'UPDATE', using: OF_FORM, check: OF_FORM },
]

const ruleThrough = (door: Door, command: Rule['command']): Rule => {
  const holds = through(door)
  return {
    name: `${door} ${command.toLowerCase()}`, command,
    ...command === 'INSERT' ? {} : { using: holds },
    ...command === 'INSERT' || command === 'UPDATE' || command === 'ALL' ? { check: holds } : {},
  }
}

const UPKEEP_SEES = ruleThrough('upkeep', 'SELECT')
const UPKEEP_LOCKS: Rule = { name: 'upkeep lock', command: 'UPDATE', using: through('upkeep'), check: 'false' }
const UPKEEP_CHANGES = ruleThrough('upkeep', 'UPDATE')
const UPKEEP_SWEEPS = [UPKEEP_SEES, UPKEEP_LOCKS, ruleThrough('upkeep', 'DELETE')]

/** What row level security says of an entity, all of it from the catalogue. */
function rulesOf(entity: EntityName): Rule[] {
  const shapes = Object.values(LOCAL_SHAPES).filter(shape => shape.entity === entity)
  const ofCompany = shapes.find(shape => shape.scope === 'company')
  return [
    ...viewerRules(entity, shapes, ofCompany),
    ...(ACCOUNTS[entity] ?? []).map(command => ruleThrough('account', command)),
    ...ofCompany ? upkeepRules(ofCompany) : [],
    ...entity === 'leads' ? FORM : [],
  ]
}

/**
 * Who asks sees what the shapes bring them, and beside that the tombstones of what they may write, which a restore needs.
 * An UPDATE's first condition is who may see, because it also decides who may lock a row; its second is who may write.
 */
function viewerRules(entity: EntityName, shapes: readonly LocalShape[], ofCompany: LocalShape | undefined): Rule[] {
  const writers = WRITABLE_BY[entity]
  const own = shapes.filter(shape => shape.scope === 'user').map(shape => `${quote(shape.column)} = ${VIEWER}`)
  const shown = ofCompany && `${inCompanyAs(quote(ofCompany.column), ofCompany.visibleTo)}${ofCompany.livingOnly ? ' AND deleted_at IS NULL' : ''}`
  const written = ofCompany && writers.length > 0 ? inCompanyAs(quote(ofCompany.column), writers) : undefined
  const sees = either([...own, ...shown ? [shown] : [], ...ofCompany?.livingOnly && written ? [written] : []])
  const changes = written ?? (isOwn(entity, shapes) ? either(own) : undefined)
  return [
    { name: 'viewer select', command: 'SELECT', using: sees },
    ...changes ? [{ name: 'viewer update', command: 'UPDATE', using: sees, check: changes } as const] : [],
    ...written ? [{ name: 'viewer insert', command: 'INSERT', check: written } as const] : [],
    // What has tombstones is marked; only upkeep takes it away.
    ...written && !ofCompany?.livingOnly ? [{ name: 'viewer delete', command: 'DELETE', using: written } as const] : [],
  ]
}

/** Whether people change the row that is they themselves. */
const isOwn = (entity: EntityName, shapes: readonly LocalShape[]) =>
  mutations.some(mutation => mutation.may === 'self' && mutation.entity === entity) && shapes.every(shape => shape.column === shape.primaryKey)

/** The server's own upkeep sees every tenant, changes no row, and takes away only what somebody deleted before. */
function upkeepRules({ column, livingOnly }: LocalShape): Rule[] {
  const ofDeleted = `${quote(column)} = ANY ((SELECT auth.deleted_companies())::uuid[])`
  return [
    UPKEEP_SEES, UPKEEP_LOCKS,
    { name: 'upkeep delete', command: 'DELETE', using: `${through('upkeep')} AND (${livingOnly ? `deleted_at IS NOT NULL OR ` : ''}${ofDeleted})` },
  ]
}

const ACCOUNT: Rule = ruleThrough('account', 'ALL')
const OWN = `user_id = ${VIEWER}`
const MANAGED = inCompanyAs('company_id', MANAGERS)

/** The tables of `auth` are not in the catalogue: what holds for them stands here. */
const AUTH: Record<string, readonly Rule[]> = {
  attempts: [ruleThrough('limits', 'ALL'), ...UPKEEP_SWEEPS],
  credentials: [ACCOUNT, { name: 'viewer select', command: 'SELECT', using: OWN }],
  sessions: [ACCOUNT, { name: 'viewer select', command: 'SELECT', using: OWN }, ...UPKEEP_SWEEPS],
  sign_ups: [ACCOUNT, UPKEEP_SEES, UPKEEP_CHANGES, ruleThrough('upkeep', 'DELETE')],
  links: [ACCOUNT, ...UPKEEP_SWEEPS],
  invites: [
    ACCOUNT,
    { name: 'viewer select', command: 'SELECT', using: MANAGED },
    { name: 'viewer insert', command: 'INSERT', check: `${MANAGED} AND invited_by = ${VIEWER}` },
    { name: 'viewer update', command: 'UPDATE', using: MANAGED, check: MANAGED },
    UPKEEP_SEES, UPKEEP_LOCKS,
    { name: 'upkeep delete', command: 'DELETE', using: `${through('upkeep')} AND company_id = ANY ((SELECT auth.deleted_companies())::uuid[])` },
  ],
  // Written by whoever acts, in their own name; read by owners.
  audit: [
    ruleThrough('account', 'INSERT'),
    { name: 'viewer insert', command: 'INSERT', check: `actor_id = ${VIEWER} AND (company_id IS NULL OR ${inCompanyAs('company_id', EVERYONE)})` },
    { name: 'viewer select', command: 'SELECT', using: inCompanyAs('company_id', ['owner']) },
    { name: 'operator insert', command: 'INSERT', check: `${through('operator')} AND actor_id IS NULL AND ${inCompanyAs('company_id', EVERYONE)}` },
  ],
  // Written and read by who may edit, in their own name: a guest sees the folders, but not who else is in the company.
  changes: [
    { name: 'viewer insert', command: 'INSERT', check: `actor_id = ${VIEWER} AND ${inCompanyAs('company_id', WRITABLE_BY.folders)}` },
    { name: 'viewer select', command: 'SELECT', using: inCompanyAs('company_id', WRITABLE_BY.folders) },
    ...UPKEEP_SWEEPS,
  ],
  // One that was written for a lead which turned out to be somebody else's is taken back at once.
  lead_receipts: [...FORM, { name: 'form delete', command: 'DELETE', using: OF_FORM }, ...UPKEEP_SWEEPS],
  lead_versions: [...FORM, { name: 'viewer select', command: 'SELECT', using: inCompanyAs('company_id', STAFF) }, ...UPKEEP_SWEEPS],
  // For the owner of the installation, by a command.
  lead_quarantine: [...FORM, ruleThrough('operator', 'SELECT'), ruleThrough('operator', 'DELETE'), ...UPKEEP_SWEEPS],
  mutations: [
    { name: 'viewer all', command: 'ALL', using: OWN, check: OWN },
    UPKEEP_SEES,
    { name: 'upkeep update', command: 'UPDATE', using: through('upkeep'), check: `${through('upkeep')} AND result IS NULL` },
  ],
}

/** Every rule of row level security. */
export function policies(): Policy[] {
  const entities = [...new Set(Object.values(LOCAL_SHAPES).map(({ entity }) => entity))]
  return [
    ...entities.flatMap(entity => rulesOf(entity).map(rule => ({ table: `public.${quote(entity)}`, ...rule }))),
    ...Object.entries(AUTH).flatMap(([table, rules]) => rules.map(rule => ({ table: `auth.${quote(table)}`, ...rule }))),
  ]
}
