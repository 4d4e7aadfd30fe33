// @vitest-environment node
import { describe, expect, test } from 'vitest'
import { EXPAND_AT_ONCE, treeKey, typeAhead, type TreeAct } from '~/utils/tree-keys'
import { RowPlaces, treeView, type TreeView } from '~/utils/tree-view'

const row = (id: string, parent: string | null, has_children = false, name = id) => ({ id, parent_id: parent, name, has_children })

/** alpha (open: a1 (open, its children not here yet), a2), beta (closed), gamma (a leaf), and delta (open and empty of rows). */
const top = [row('alpha', null, true), row('beta', null, true), row('gamma', null), row('delta', null, true)]
const below: Record<string, ReturnType<typeof row>[]> = {
  alpha: [row('a1', 'alpha', true), row('a2', 'alpha')],
  a1: [row('a11', 'a1')],
  delta: [],
}
const view = treeView(top, new Set(['alpha', 'a1', 'delta', 'somewhere else']), id => below[id])
const names = (of: TreeView) => Array.from({ length: of.size }, (_, index) => of.at(index)?.name)

describe('the lines of a tree', () => {
  test('are the open ones, in their order, each found again at its place', () => {
    expect(names(view)).toEqual(['alpha', 'a1', 'a11', 'a2', 'beta', 'gamma', 'delta'])
    for (const [index, id] of names(view).entries()) expect(view.indexOf(id!)).toBe(index)
    expect(view.indexOf('nowhere')).toBe(-1)
    expect([view.at(-1), view.at(7)]).toEqual([undefined, undefined])
  })

  test('say level, place among siblings, how many there are, and whether they are open', () => {
    const said = Array.from({ length: view.size }, (_, index) => {
      const { level, place, siblings, expanded, hasChildren } = view.at(index)!
      return [level, place, siblings, hasChildren ? expanded : undefined]
    })
    expect(said).toEqual([[1, 1, 4, true], [2, 1, 2, true], [3, 1, 1, undefined], [2, 2, 2, undefined], [1, 2, 4, false], [1, 3, 4, undefined], [1, 4, 4, true]])
  })

  test('a folder that is open below a closed one takes no line and is not read', () => {
    const closed = treeView(top, new Set(['a1']), id => below[id])
    expect(names(closed)).toEqual(['alpha', 'beta', 'gamma', 'delta'])
    expect(closed.opened).toEqual([])
    expect(view.opened).toEqual(['alpha', 'a1', 'delta'])
  })

  test('a ring, as rows of two moments can make one, ends', () => {
    const ring = treeView([row('a', null, true)], new Set(['a', 'b']), id => id === 'a' ? [row('b', 'a', true)] : [row('a', 'b', true)])
    expect(names(ring)).toEqual(['a', 'b', 'a'])
  })

  test('20,000 siblings among 100,000 lines: opening one more and asking for a screenful takes less than a frame', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => row(`f${n}`, null, n % 5 === 0))
    const children = (id: string) => Array.from({ length: 400 }, (_, n) => row(`${id}-${n}`, id))
    const rows = new Map(Array.from({ length: 200 }, (_, n) => [`f${n * 100}`, children(`f${n * 100}`)]))
    const open = new Set(rows.keys())
    const places = new RowPlaces()
    treeView(many, open, id => rows.get(id), places)
    const times = Array.from({ length: 20 }, (_, n) => {
      const began = performance.now()
      const wide = treeView(many, new Set(open).add(`f${n * 5}`), id => rows.get(id) ?? [], places)
      expect(wide.size).toBe(100_000)
      for (let line = 50_000; line < 50_060; line++) wide.at(line)
      return performance.now() - began
    })
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(16)
  })
})

const press = (id: string, key: string, editable = true) => treeKey(view, view.indexOf(id), { key, page: 3, editable })
const focus = (id: string): TreeAct => ({ kind: 'focus', index: view.indexOf(id) })

describe('the keyboard of the tree', () => {
  const table: [on: string, key: string, act: TreeAct | undefined][] = [
    // Down and up, over levels, and not beyond the ends.
    ['alpha', 'ArrowDown', focus('a1')], ['a11', 'ArrowDown', focus('a2')], ['a2', 'ArrowDown', focus('beta')], ['delta', 'ArrowDown', focus('delta')],
    ['alpha', 'ArrowUp', focus('alpha')], ['beta', 'ArrowUp', focus('a2')], ['a1', 'ArrowUp', focus('alpha')],
    ['gamma', 'Home', focus('alpha')], ['alpha', 'End', focus('delta')],
    ['alpha', 'PageDown', focus('a2')], ['gamma', 'PageDown', focus('delta')], ['a2', 'PageUp', focus('alpha')], ['a1', 'PageUp', focus('alpha')],
    // Right: opens a closed folder, goes into an open one, does nothing on a leaf or where nothing is below.
    ['beta', 'ArrowRight', { kind: 'expand', ids: ['beta'] }], ['alpha', 'ArrowRight', focus('a1')], ['gamma', 'ArrowRight', undefined], ['delta', 'ArrowRight', undefined],
    // Left: closes an open folder, goes up from any other, does nothing at the top.
    ['alpha', 'ArrowLeft', { kind: 'collapse', id: 'alpha' }], ['a1', 'ArrowLeft', { kind: 'collapse', id: 'a1' }], ['a2', 'ArrowLeft', focus('alpha')],
    ['a11', 'ArrowLeft', focus('a1')], ['beta', 'ArrowLeft', undefined], ['gamma', 'ArrowLeft', undefined],
    ['a2', 'Enter', { kind: 'choose', id: 'a2' }], ['a2', ' ', { kind: 'choose', id: 'a2' }],
    ['alpha', '*', { kind: 'expand', ids: ['beta'] }], ['gamma', '*', { kind: 'expand', ids: ['beta'] }], ['a2', '*', { kind: 'expand', ids: [] }],
    ['a2', 'F2', { kind: 'rename', id: 'a2' }], ['a2', 'Delete', { kind: 'remove', id: 'a2' }],
    ['a2', 'Tab', undefined], ['a2', 'Escape', undefined], ['a2', 'x', undefined],
  ]
  test.each(table)('on %s, %s', (on, key, act) => {
    expect(press(on, key)).toEqual(act)
  })

  test.each(['F2', 'Delete'])('%s changes nothing for somebody who may not edit', (key) => {
    expect(press('a2', key, false)).toBeUndefined()
  })

  test('* in a folder of thousands opens a bounded number', () => {
    const wide = treeView(Array.from({ length: 5_000 }, (_, n) => row(`f${n}`, null, true)), new Set(), () => undefined)
    const act = treeKey(wide, 3, { key: '*', page: 10, editable: true })
    expect(act).toMatchObject({ kind: 'expand' })
    expect(act?.kind === 'expand' && act.ids.length).toBe(EXPAND_AT_ONCE)
  })
})

describe('typing a name', () => {
  const named = treeView(['Ärger', 'Berlin', 'Bern', 'bonn', 'Essen'].map(name => row(name, null, false, name)), new Set(), () => undefined)
  const found = (from: string, typed: string) => named.at(typeAhead(named, named.indexOf(from), typed))?.name
  test.each([
    ['a letter goes to the next that begins with it', 'Ärger', 'b', 'Berlin'],
    ['the same letter again goes on', 'Berlin', 'b', 'Bern'],
    ['round the end', 'bonn', 'b', 'Berlin'],
    ['to itself where it is the only one', 'Essen', 'e', 'Essen'],
    ['more letters narrow it from where one is', 'Berlin', 'bern', 'Bern'],
    ['and stay where they still fit', 'Bern', 'ber', 'Bern'],
    ['capitals and umlauts count as small ones', 'Essen', 'ä', 'Ärger'],
    ['nothing fits', 'Essen', 'x', undefined],
  ])('%s', (_, from, typed, name) => {
    expect(found(from, typed)).toBe(name)
  })
})
