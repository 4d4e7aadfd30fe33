import * as z from 'zod/mini'
import { BULK_LIMIT, description, itemName, key, keys } from './fields'
import { fieldBack } from './inverse'
import { defineMutation } from './mutation'

const common = { version: 1, entity: 'user_groups' } as const
const places = { version: 1, entity: 'user_group_members' } as const
const itself = { touches: ({ id }: { id: string }) => ({ changes: [id] }) }

/** What two changes of one person's place in one group have in common: the place itself has another key each time. */
const placeIn = (group: string) => (user: string) => `${group} ${user}`

/** Nothing takes it back: a group goes for good, with the people that others have put into it. */
export const groupCreate = defineMutation({
  ...common, name: 'group.create',
  input: z.strictObject({ id: key, name: itemName, description: z.optional(description) }),
  touches: ({ id }) => ({ makes: [id] }),
})
export const groupRename = defineMutation({ ...common, name: 'group.rename', input: z.strictObject({ id: key, name: itemName }), ...itself, inverse: fieldBack('group.rename', 'name') })
export const groupDescribe = defineMutation({ ...common, name: 'group.describe', input: z.strictObject({ id: key, description }), ...itself, inverse: fieldBack('group.describe', 'description') })
/** For good: a group has no tombstone. Its people stay in the company. */
export const groupDelete = defineMutation({ ...common, name: 'group.delete', input: z.strictObject({ id: key }), ...itself })
/** `id` is the key of the place in the group; someone who is in it already stays so. */
export const groupAddPeople = defineMutation({
  ...places, name: 'group.add-people',
  input: z.strictObject({
    group_id: key,
    people: z.array(z.strictObject({ id: key, user_id: key })).check(z.minLength(1, 'Name at least one.'), z.maxLength(BULK_LIMIT, `At most ${BULK_LIMIT} at a time.`)),
  }),
  touches: ({ group_id: group, people }) => ({ changes: people.map(({ user_id: user }) => placeIn(group)(user)), needs: [group] }),
  inverse: ({ group_id: group, people }) => [{ name: 'group.remove-people', input: { group_id: group, user_ids: people.map(({ user_id: user }) => user) } }],
})
export const groupRemovePeople = defineMutation({
  ...places, name: 'group.remove-people', input: z.strictObject({ group_id: key, user_ids: keys }),
  touches: ({ group_id: group, user_ids: users }) => ({ changes: users.map(placeIn(group)), needs: [group] }),
  inverse: ({ group_id: group, user_ids: users }, _was, newKey) => [{ name: 'group.add-people', input: { group_id: group, people: users.map(user => ({ id: newKey(), user_id: user })) } }],
})
