// @vitest-environment node
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyBetween, movedKeys, type Placed } from '~/utils/moved-keys'

/** As the reads sort: by key as bytes, then by name (here the id). */
const inOrder = (rows: readonly Placed[]) => rows.toSorted((a, b) => a.position === b.position ? Number(a.id) - Number(b.id) : a.position < b.position ? -1 : 1)
const ids = (rows: readonly Placed[]) => inOrder(rows).map(({ id }) => id)
const give = (rows: readonly Placed[], { id, position }: Placed) => rows.map(row => row.id === id ? { id, position } : row)
const list = (...positions: string[]) => positions.map((position, n) => ({ id: String(n), position }))

describe('a row that is moved one place', () => {
  test('gets one key where there is room, and nothing is given beyond the ends', () => {
    const rows = list('a0', 'a1', 'a2')
    expect(movedKeys(rows, '2', -1)).toEqual([{ id: '2', position: keyBetween('a0', 'a1') }])
    expect(movedKeys(rows, '0', -1)).toEqual([])
    expect(movedKeys(rows, '2', 1)).toEqual([])
    expect(movedKeys(rows, 'nobody', 1)).toEqual([])
  })

  test('stands where it was put among rows that nobody has placed, and no step shows a third order', () => {
    const key = fc.constantFrom('a0', 'a0', 'a0', 'Zz', 'a1', 'a0V', 'b00', 'a', 'a000010', 'zz')
    fc.assert(fc.property(fc.array(key, { minLength: 2, maxLength: 30 }), fc.nat(), fc.constantFrom(-1 as const, 1 as const), (positions, seed, by) => {
      const rows = inOrder(list(...positions))
      const from = seed % rows.length
      const before = ids(rows)
      const wanted = [...before]
      if (before[from + by] === undefined) return
      ;[wanted[from], wanted[from + by]] = [wanted[from + by]!, wanted[from]!]
      let now: readonly Placed[] = rows
      for (const each of movedKeys(rows, before[from]!, by)) {
        expect(each.position).toMatch(/^[0-9a-z]{1,100}$/i)
        now = give(now, each)
        expect([before, wanted]).toContainEqual(ids(now))
      }
      expect(ids(now)).toEqual(wanted)
    }), { numRuns: 500 })
  })

  test('can be moved to and fro a thousand times', () => {
    let rows: readonly Placed[] = list('a0', 'a0', 'a0', 'a0', 'a0')
    for (let n = 0; n < 1_000; n++) {
      const order = inOrder(rows)
      const [id, by] = [order[1 + n % 3]!.id, n % 2 ? 1 : -1] as const
      const keys = movedKeys(order, id, by)
      expect(keys.length).toBeGreaterThan(0)
      for (const each of keys) rows = give(rows, each)
    }
    expect(Math.max(...rows.map(({ position }) => position.length))).toBeLessThanOrEqual(100)
  })
})
