import { expect, test } from 'vitest'
import { chainsOf } from '../../../shared/journal/chains'
import type { JournalEntry } from '../../../shared/journal/entry'
import type { EntryState } from '../../../shared/journal/states'
import { entry } from './entries'
import { folderId, groupId, key, memberId, personId, workspaceId } from './rows'

const create = (n: number, parent?: number, state?: EntryState) => entry('folder.create', { id: folderId(n), workspace_id: workspaceId(1), parent_id: parent === undefined ? null : folderId(parent), name: `f${n}` }, state)
const rename = (n: number, name: string, state?: EntryState) => entry('folder.rename', { id: folderId(n), name }, state)
const describe = (n: number, state?: EntryState) => entry('folder.describe', { id: folderId(n), description: 'd' }, state)
const move = (n: number, to: number, state?: EntryState) => entry('folder.move', { ids: [folderId(n)], workspace_id: workspaceId(1), parent_id: folderId(to) }, state)
const remove = (n: number, deletion: number, state?: EntryState) => entry('folder.delete', { ids: [folderId(n)], deletion_id: key(deletion) }, state)
const restore = (deletion: number) => entry('folder.restore', { deletion_id: key(deletion) })

/** Places in the list of those that may be sent now, and of those that are held. */
function sent(...entries: JournalEntry[]): string {
  const { ready, held } = chainsOf(entries)
  const place = (id: string) => entries.findIndex(({ mutation }) => mutation.id === id)
  const order = ready.map(({ entry: { mutation }, after }) => `${place(mutation.id)}${after.length > 0 ? `<${after.map(place).join('+')}` : ''}`)
  return `${order.join(' ')}${held.size > 0 ? ` held ${[...held].map(([id, by]) => `${place(id)}:${place(by)}`).join(' ')}` : ''}`
}

test('edits that have nothing to do with each other may all be sent at once', () => {
  expect(sent(rename(1, 'a'), rename(2, 'b'), create(3), entry('group.rename', { id: groupId(1), name: 'g' }), entry('person.preferences', { preferences: {} }))).toBe('0 1 2 3 4')
})

test('what is made in a folder that is itself not made yet waits for the answer, so that it never meets a server without it', () => {
  expect(sent(create(1), create(2, 1), create(3, 2), create(4))).toBe('0 3')
})

test('a second name waits for the answer to the first, whose refusal would make it another question; a description does not', () => {
  expect(sent(rename(1, 'a'), rename(1, 'b'), describe(1))).toBe('0')
  expect(sent(rename(1, 'a'), describe(1))).toBe('0 1<0')
})

test('moves and deletions keep their order among each other and with what is made in the trees', () => {
  expect(sent(create(1), move(2, 3), create(4), move(6, 7), create(8))).toBe('0 1<0 2<1 3<1+2 4<3')
})

test('a restore waits for the deletion that it takes back', () => {
  expect(sent(remove(1, 9), restore(9))).toBe('0')
})

test('one that was refused holds what it would have made, and what hangs on that, and nothing else', () => {
  expect(sent(create(1, undefined, 'refused'), create(2, 1), create(3, 2), rename(1, 'x'), create(4), rename(5, 'y'))).toBe('4 5 held 1:0 2:0 3:0')
})

test('a name in conflict holds later names of the same row alone', () => {
  expect(sent(rename(1, 'a', 'conflict'), rename(1, 'b'), describe(1), move(1, 2), create(3, 1))).toBe('2 3<2 4<3 held 1:0')
})

test('a move that was refused holds later moves of the same folder, not those of others', () => {
  expect(sent(move(1, 2, 'refused'), move(1, 3), move(4, 5))).toBe('2 held 1:0')
})

test('what was applied or is done holds nothing', () => {
  expect(sent(create(1, undefined, 'applied'), create(2, 1), create(3, undefined, 'done'), create(4, 3))).toBe('1 3')
})

test('one person’s place in one group keeps its order, those of others do not wait', () => {
  const add = (n: number) => entry('group.add-people', { group_id: groupId(1), people: [{ id: memberId(n), user_id: personId(n) }] })
  const take = (n: number) => entry('group.remove-people', { group_id: groupId(1), user_ids: [personId(n)] })
  expect(sent(add(1), take(1), add(2))).toBe('0 1<0 2')
})

test('a name after a deletion that was taken back waits for both: alone it would meet a folder that is deleted', () => {
  expect(sent(remove(1, 9), restore(9), rename(1, 'x'))).toBe('0')
})

test('a deletion waits for the moves before it, which may have been out of it, and is held where one was refused', () => {
  expect(sent(move(1, 2), remove(3, 9), create(4))).toBe('0')
  expect(sent(move(1, 2, 'refused'), remove(3, 9), create(4))).toBe('2 held 1:0')
})

test('a move of a folder into itself is sent, and answered, like any other', () => {
  expect(sent(move(1, 1), move(2, 3))).toBe('0 1<0')
})

test('two companies have nothing to do with each other', () => {
  const elsewhere = entry('folder.move', { ids: [folderId(1)], workspace_id: workspaceId(1), parent_id: null })
  expect(sent(move(1, 2), { ...elsewhere, mutation: { ...elsewhere.mutation, company: key(5) } })).toBe('0 1')
})

test('ten thousand edits are looked through in a moment, and no further than is asked', () => {
  const many = Array.from({ length: 10_000 }, (_, n) => n % 2 ? move(n, n + 20_000) : rename(n, 'x'))
  const began = performance.now()
  expect(chainsOf(many).ready).toHaveLength(10_000)
  expect(performance.now() - began).toBeLessThan(3_000)
  expect(chainsOf(many, 100).ready).toHaveLength(100)
})
