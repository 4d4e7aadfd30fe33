import { useLeadNotes } from '#imports'
import { expect, test } from 'vitest'
import { effectScope, shallowRef } from 'vue'

interface Lead { id: string, notes: string }

/** Notes of whichever lead is open, saved when a test says so. */
function typing() {
  const open = shallowRef<Lead | undefined>({ id: 'a', notes: '' })
  const saves: { from: Lead, notes: string, end: (isSaved: boolean) => void }[] = []
  const scope = effectScope()
  const made = scope.run(() => useLeadNotes(() => open.value, (from, notes) => new Promise(end => saves.push({ from, notes, end }))))
  if (!made) throw new Error('no scope')
  return { ...made, open, saves, end: () => scope.stop(), last: () => saves.at(-1) }
}
const settled = () => new Promise(resolve => setTimeout(resolve))

test('what is typed while the notes are being saved, and left then, is saved after them, from them', async () => {
  const { notes, save, open, saves } = typing()
  notes.value = 'Called'
  const saving = save()
  notes.value = 'Called twice'
  open.value = undefined
  expect(saves).toHaveLength(1)
  saves[0]?.end(true)
  await saving
  await settled()
  expect(saves[1]).toMatchObject({ from: { id: 'a', notes: 'Called' }, notes: 'Called twice' })
})

test('what is typed is saved when another lead is opened, and when the page is left', async () => {
  const { notes, open, last, end } = typing()
  notes.value = 'Of a'
  open.value = { id: 'b', notes: 'Of b' }
  await settled()
  expect(last()).toMatchObject({ from: { id: 'a' }, notes: 'Of a' })
  expect(notes.value).toBe('Of b')
  notes.value = 'Of b, and more'
  end()
  await settled()
  expect(last()).toMatchObject({ from: { id: 'b', notes: 'Of b' }, notes: 'Of b, and more' })
})

test('what could not be saved is in the field again when its lead is, and nowhere else', async () => {
  const { notes, open, last, isDirty } = typing()
  notes.value = 'Of a'
  open.value = { id: 'b', notes: 'Of b' }
  await settled()
  last()?.end(false)
  await settled()
  expect(notes.value).toBe('Of b')
  open.value = { id: 'a', notes: '' }
  expect([notes.value, isDirty.value]).toEqual(['Of a', true])
})

test('notes that are as they were, or of a lead that is erased, are not saved', async () => {
  const { notes, open, saves, forget } = typing()
  notes.value = 'x'
  notes.value = ''
  open.value = { id: 'b', notes: '' }
  notes.value = 'goes with it'
  forget()
  open.value = undefined
  await settled()
  expect(saves).toEqual([])
})

test('what is saved stays in the field until its lead shows it, and no longer', async () => {
  const { notes, open, save, last, saves, isDirty } = typing()
  notes.value = 'Called'
  const saving = save()
  last()?.end(true)
  await saving
  expect([notes.value, isDirty.value], 'a copy that is not complete yet shows no edits').toEqual(['Called', false])
  open.value = { id: 'a', notes: 'Called' }
  open.value = { id: 'a', notes: 'A colleague called' }
  expect(notes.value).toBe('A colleague called')
  open.value = undefined
  await settled()
  expect(saves).toHaveLength(1)
})
