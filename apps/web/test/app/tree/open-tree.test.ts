import { useOpenTree } from '#imports'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { forgetOtherTrees } from '~/utils/tree-memory'
import { sees, somebodyHere, type Here } from '../support/here'
import { id, ME, rows } from '../support/local-database'

let here: Here
beforeEach(async () => {
  localStorage.clear()
  here = await somebodyHere(rows.company(10, 'Ten'), rows.workspace(50, 10, 'Home'),
    rows.folder(60, 10, 50, null, 'top'), rows.folder(61, 10, 50, 60, 'middle'), rows.folder(62, 10, 50, 61, 'inner'), rows.folder(63, 10, 50, null, 'beside'))
})
afterEach(() => { here.end() })

const tree = () => here.use(() => useOpenTree(id(50), { companyId: id(10) }))
type Tree = ReturnType<typeof useOpenTree>
const names = ({ view }: Tree) => Array.from({ length: view.value.size }, (_, place) => view.value.at(place)?.name)
const readLive = () => here.leader.live.filter(({ read }) => read === 'folders-children').map(({ params }) => params[1]).sort()

describe('a tree as it is open', () => {
  test('reads the children of open folders, live, and of no others', async () => {
    const { result } = tree()
    await sees(() => expect(names(result)).toEqual(['beside', 'top']))
    expect(readLive()).toEqual([])
    result.expand([id(60)])
    await sees(() => expect(names(result)).toEqual(['beside', 'top', 'middle']))
    await here.leader.apply(rows.folder(64, 10, 50, 60, 'another'))
    await sees(() => expect(names(result)).toEqual(['beside', 'top', 'another', 'middle']))
    result.expand([id(61)])
    await sees(() => expect(names(result)).toContain('inner'))
    result.collapse(id(60))
    expect(names(result)).toEqual(['beside', 'top'])
    await sees(() => expect(readLive()).toEqual([]))
  })

  test('the way to a folder is read at once, and its lines come whichever answer is first', async () => {
    const { result } = tree()
    result.reveal([id(60), id(61)])
    expect(names(result)).toEqual([])
    await sees(() => expect(names(result)).toEqual(['beside', 'top', 'middle', 'inner']))
    expect(result.view.value.indexOf(id(62))).toBe(3)
  })

  test('is open as it was left when the page comes again, and a picker\'s tree leaves no trace', async () => {
    const first = tree()
    first.result.expand([id(60)])
    first.result.noteScroll(320)
    first.scope.stop()
    const again = tree()
    await sees(() => expect(names(again.result)).toEqual(['beside', 'top', 'middle']))
    expect(again.result.scrolledTo()).toBe(320)
    const picker = here.use(() => useOpenTree(id(50)))
    picker.result.expand([id(63)])
    again.scope.stop()
    picker.scope.stop()
    const third = tree()
    await sees(() => expect(names(third.result)).toEqual(['beside', 'top', 'middle']))
  })

  test('what a person left is gone when nobody, or somebody else, is here', () => {
    const { result } = tree()
    result.expand([id(60)])
    const kept = () => Object.keys(localStorage).filter(key => key.startsWith('mvdb:tree:')).length
    forgetOtherTrees(ME)
    expect(kept()).toBe(1)
    forgetOtherTrees(id(2))
    expect(kept()).toBe(0)
    result.expand([id(63)])
    forgetOtherTrees(undefined)
    expect(kept()).toBe(0)
  })
})
