import { expect, test } from 'vitest'
import { TEXT_LENGTHS } from '../../apps/web/shared/catalogue/texts'
import { validators } from '../../apps/web/shared/generated/catalogue.gen'
import { mutations } from '../../apps/web/shared/mutations'

interface Field { safeParse: (value: unknown) => { success: boolean } }
type Fields = Partial<Record<string, Field>>

/** Whose names and texts a mutation takes: every field of an input that is a column with a length of its own. */
const fields = mutations.flatMap(({ name, entity, input }) => {
  const shape = (input as unknown as { shape?: Fields }).shape ?? {}
  const lengths: Record<string, number> = (TEXT_LENGTHS as Partial<Record<string, Record<string, number>>>)[entity] ?? {}
  return Object.entries(lengths).flatMap(([column, length]) => shape[column] ? [{ name, entity, column, length, field: shape[column] }] : [])
})

/** A text of so many characters that a field of its kind takes. */
const text = (column: string, length: number) => {
  const head = column === 'avatar_url' ? 'https://' : ''
  return head + 'x'.repeat(length - head.length)
}

test('there are fields to compare', () => {
  expect(fields.map(({ name, column }) => `${name} ${column}`)).toEqual(expect.arrayContaining(['folder.rename name', 'workspace.describe description', 'person.profile avatar_url']))
})

test.each(fields)('$name takes a $column just as long as the catalogue lets a row of $entity have', ({ entity, column, length, field }) => {
  const row = (validators[entity].shape as Fields)[column]
  for (const each of [field, row]) {
    expect(each?.safeParse(text(column, length)).success).toBe(true)
    expect(each?.safeParse(text(column, length + 1)).success).toBe(false)
  }
})
