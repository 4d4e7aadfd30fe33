import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyPieces, rowChanges } from '../../shared/protocol/row-changes'

const row = fc.record({ id: fc.integer({ min: 0, max: 12 }), name: fc.constantFrom('a', 'b'), at: fc.constantFrom(null, new Date(0), new Date(1)), more: fc.constantFrom({}, { x: [1] }) })
const lists = fc.tuple(fc.array(row, { maxLength: 12 }), fc.array(row, { maxLength: 12 }))
/** Another list with the same values: nothing of it is the same object. */
const copied = <T>(value: T): T => structuredClone(value)

describe('the changes of a list', () => {
  test('whatever changed, the pieces make the new list, and rows that say the same stay the objects they were', () => {
    fc.assert(fc.property(lists, ([before, given]) => {
      const after = copied(given)
      const { pieces, fresh, same } = rowChanges(before, after)
      const made = applyPieces(before, pieces)
      expect(made).toEqual(after)
      expect(made.filter(one => !before.includes(one))).toHaveLength(fresh)
      expect(same).toBe(JSON.stringify(before) === JSON.stringify(after))
    }), { numRuns: 500 })
  })

  test('one changed row of many is one new row, whatever its place', () => {
    const before = Array.from({ length: 500 }, (_, n) => ({ id: `${n}`, name: `folder ${n}`, at: new Date(n) }))
    for (const place of [0, 250, 499]) {
      const after = copied(before).with(place, { id: `${place}`, name: 'renamed', at: new Date(0) })
      expect(rowChanges(before, after).fresh).toBe(1)
      expect(rowChanges(before, after).pieces.length).toBeLessThanOrEqual(3)
    }
  })

  test('a row that moved is found again, one that went and one that came too', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(id => ({ id }))
    expect(rowChanges([a!, b!, c!], copied([c!, a!, b!])).fresh).toBe(0)
    expect(rowChanges([a!, b!, c!], copied([a!, c!]))).toMatchObject({ fresh: 0, same: false })
    expect(rowChanges([a!, b!], copied([a!, b!, d!]))).toMatchObject({ fresh: 1, same: false })
    expect(rowChanges([a!], [])).toMatchObject({ pieces: [], same: false })
    expect(rowChanges([], [])).toMatchObject({ same: true })
  })

  test('rows whose first column is no key are told right all the same', () => {
    const before = [{ role: 'member', n: 1 }, { role: 'member', n: 2 }]
    const after = [{ role: 'member', n: 1 }, { role: 'member', n: 2 }]
    expect(applyPieces(before, rowChanges(before, after).pieces)).toEqual(after)
  })

  test('pieces of another list are refused, not patched together', () => {
    expect(() => applyPieces([{ id: 1 }], [{ from: 0, count: 2 }])).toThrow(RangeError)
  })
})
