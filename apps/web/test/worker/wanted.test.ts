import { expect, test } from 'vitest'
import { shapes } from '#shared/catalogue/shapes'
import { companyShapes, shapesOf, userShapes, visibleShapes } from '../../worker/sync/wanted'

const USER = '01890000-0000-7000-8000-000000000001'
const COMPANY = '01890000-0000-7000-8000-000000000002'

/** Every shape, its key and the table that it fills. A key is what a device resumes by: another one is a first sync again. */
const KEYS: Record<string, { key: string, table: string }> = {
  'user': { key: `user-${USER}`, table: 'users' },
  'memberships': { key: `user-${USER}-memberships`, table: 'memberships' },
  'company': { key: `company-${COMPANY}`, table: 'companies' },
  'workspaces': { key: `company-${COMPANY}-workspaces`, table: 'workspaces' },
  'folders': { key: `company-${COMPANY}-folders`, table: 'folders' },
  'members': { key: `company-${COMPANY}-members`, table: 'company_members' },
  'groups': { key: `company-${COMPANY}-groups`, table: 'user_groups' },
  'group-members': { key: `company-${COMPANY}-group-members`, table: 'user_group_members' },
  'leads': { key: `company-${COMPANY}-leads`, table: 'leads' },
}

const all = [...userShapes(USER), ...companyShapes(COMPANY)]
const keyOf = (name: string) => KEYS[name]?.key

test('every shape has the key that devices know it by, in the order in which it is asked for', () => {
  expect(all.map(({ definition, key }) => [definition.name, { key, table: definition.localTable }])).toEqual(Object.entries(KEYS))
  expect(Object.keys(KEYS).toSorted(), 'and the catalogue has no other').toEqual(Object.keys(shapes).toSorted())
})

test('the shapes of a person belong to no company, those of a company to it', () => {
  expect(all.map(({ company, scope }) => [company, scope])).toEqual([...Array.from({ length: 2 }, () => [null, USER]), ...Array.from({ length: 7 }, () => [COMPANY, COMPANY])])
})

test.each([
  ['owner', ['company', 'workspaces', 'folders', 'members', 'groups', 'group-members', 'leads']],
  ['admin', ['company', 'workspaces', 'folders', 'members', 'groups', 'group-members', 'leads']],
  ['member', ['company', 'workspaces', 'folders', 'members', 'groups', 'group-members', 'leads']],
  ['guest', ['company', 'workspaces', 'folders']],
  ['a role of a later version', []],
])('%s syncs the shapes that the role may see', (role, names) => {
  expect(visibleShapes({ id: 'm', company_id: COMPANY, role, row_version: 1 }).map(({ key }) => key)).toEqual(names.map(keyOf))
})

test('a shape is found again by its key, and a key that no shape has is left out', () => {
  const keys = companyShapes(COMPANY).map(({ key }) => key)
  expect(shapesOf(keys).map(({ key }) => key)).toEqual(keys)
  expect(shapesOf([keyOf('folders') ?? '', `company-${COMPANY}-nothing`, `user-${USER}`]).map(({ key }) => key)).toEqual([keyOf('folders')])
})
