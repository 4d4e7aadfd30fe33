import * as z from 'zod/mini'
import { describe, expect, test } from 'vitest'
import { mutations } from '../../../shared/mutations/index'
import { defineMutation, earlier } from '../../../shared/mutations/mutation'
import { inTodaysWords, readMutation } from '../../../shared/mutations/reading'
import { folderId } from './rows'

/** A mutation that first named a folder by `folder` and what it says by `text`, and forgot its second version. */
const noted = defineMutation({
  name: 'folder.note', version: 3, entity: 'folders', input: z.object({ id: z.string(), note: z.string().check(z.minLength(1)) }),
  touches: ({ id }) => ({ changes: [id] }),
  earlier: [earlier({
    version: 1, until: '2027-03-31', input: z.object({ folder: z.string(), text: z.string() }),
    raise: ({ input: { folder, text }, base }) => ({ input: { id: folder, note: text || 'none' }, base: { note: base['text'] } }),
  })],
})
const known = [noted]
const old = { name: 'folder.note', version: 1, input: { folder: folderId(1), text: 'hello' }, base: { text: 'hi' } }

describe('an edit that waited on a device while its mutation changed', () => {
  test('means the same in the words of today', () => {
    expect(readMutation(old, { known })).toMatchObject({ kind: 'read', mutation: noted, edit: { input: { id: folderId(1), note: 'hello' }, base: { note: 'hi' } } })
  })

  test('is known to the ledger by what was sent, not by what a later version made of it', () => {
    expect(readMutation(old, { known })).toMatchObject({ spelled: old.input })
  })

  test.each([['2027-03-30', false], ['2027-03-31', false], ['2027-04-01', true]] as const)('on %s its time is over: %s', (today, isOver) => {
    expect(readMutation(old, { known, today })).toMatchObject({ kind: 'read', spelled: old.input, isOver })
  })

  test('is shown on its device whatever the day', () => {
    expect(readMutation(old, { known })).toMatchObject({ kind: 'read', isOver: false })
  })

  test('is too old where its version is forgotten, and unknown where it is yet to come', () => {
    expect(readMutation({ ...old, version: 2 }, { known }).kind).toBe('too_old')
    expect(readMutation({ ...old, version: 4 }, { known }).kind).toBe('unknown')
    expect(readMutation({ ...old, name: 'folder.sing' }, { known }).kind).toBe('unknown')
  })

  test('is held against the schema of its own version', () => {
    expect(readMutation({ ...old, input: { id: folderId(1), note: 'today\'s' } }, { known }).kind).toBe('invalid')
    expect(readMutation({ ...old, version: 3 }, { known }).kind).toBe('invalid')
  })
})

test('one that is sent again goes in the words of today, so that it is not too old once more', () => {
  expect(inTodaysWords({ ...old, id: 'kept' }, known)).toEqual({ id: 'kept', name: 'folder.note', version: 3, input: { id: folderId(1), note: 'hello' }, base: { note: 'hi' } })
})

test('an edit of today, and one that nothing here can read, is sent again as it is', () => {
  const today = { name: 'folder.rename', version: 1, input: { id: folderId(1), name: 'a' } }
  const strange = { ...today, version: 99 }
  expect(inTodaysWords(today)).toBe(today)
  expect(inTodaysWords(strange)).toBe(strange)
})

test('a mutation’s earlier versions are earlier ones, each once, with a day on which they end', () => {
  for (const { name, version, earlier: before = [] } of mutations.map(mutation => ({ earlier: undefined, ...mutation }))) {
    expect(new Set(before.map(one => one.version)).size, name).toBe(before.length)
    for (const one of before) {
      expect(one.version, name).toBeLessThan(version)
      expect(one.until, name).toMatch(/^\d{4}-\d\d-\d\d$/)
    }
  }
})
