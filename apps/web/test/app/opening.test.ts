import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick, shallowRef, type Ref } from 'vue'
import { ActionMenu, NameDialog, UButton } from '#components'

const sees = (look: () => void) => vi.waitFor(look, { timeout: 5_000, interval: 20 })
const inMenu = () => [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
const dialog = () => document.querySelector<HTMLElement>('[role=dialog]')
let leave: (() => void) | undefined

/** A page with a menu whose first act opens a dialog, as the page of a folder has. */
async function page() {
  const open = shallowRef(false)
  const chosen: string[] = []
  const mounted = await mountSuspended(defineComponent(() => () => h('div', [
    h('button', { id: 'opener', onClick: () => { open.value = true } }, 'Open'),
    h('main', { id: 'content', tabindex: -1 }),
    h(ActionMenu, { items: [[
      { label: 'Name it', onSelect: () => { open.value = true } },
      { label: 'Note it', onSelect: () => { chosen.push('note') } },
    ]] }, { default: ({ trigger }: { trigger: Record<string, unknown> }) => h(UButton, { ...trigger, id: 'more' }, () => 'More') }),
    h(NameDialog, { 'title': 'New folder', 'action': 'Make', 'save': () => Promise.resolve(), 'open': open.value, 'onUpdate:open': (now: boolean) => { open.value = now } }),
  ])), { attachTo: document.body })
  leave = () => mounted.unmount()
  return { open: open as Ref<boolean>, chosen }
}
const press = (id: string) => {
  const element = document.getElementById(id)!
  element.focus()
  element.click()
}

afterEach(() => {
  leave?.()
  leave = undefined
})

describe('what a dialog leaves behind', () => {
  test('the focus goes back to the button that opened it', async () => {
    const { open } = await page()
    press('opener')
    await sees(() => expect(dialog()?.contains(document.activeElement)).toBe(true))
    open.value = false
    await sees(() => expect(document.activeElement?.id).toBe('opener'))
    expect(dialog()).toBeNull()
  })

  test('opened from a menu, it goes back to the button of the menu', async () => {
    const { open } = await page()
    press('more')
    await sees(() => expect(inMenu()).toHaveLength(2))
    inMenu()[0]!.click()
    await sees(() => expect(dialog()?.contains(document.activeElement)).toBe(true))
    open.value = false
    await sees(() => expect(document.activeElement?.id).toBe('more'))
  })

  test('where the opener is gone, the contents of the page take it', async () => {
    const { open } = await page()
    press('opener')
    await sees(() => expect(dialog()?.contains(document.activeElement)).toBe(true))
    document.getElementById('opener')!.remove()
    open.value = false
    await sees(() => expect(document.activeElement?.id).toBe('content'))
  })
})

describe('a menu that loads when it is asked for', () => {
  test('the first press opens it, and its button is the same element as before', async () => {
    const { chosen } = await page()
    const before = document.getElementById('more')
    expect(before?.getAttribute('aria-expanded')).toBe('false')
    press('more')
    await sees(() => expect(inMenu().map(item => item.textContent?.trim())).toEqual(['Name it', 'Note it']))
    expect(document.getElementById('more')).toBe(before)
    expect(before?.getAttribute('aria-expanded')).toBe('true')
    inMenu()[1]!.click()
    await sees(() => expect(inMenu()).toHaveLength(0))
    expect(chosen).toEqual(['note'])
    expect(document.activeElement).toBe(before)
  })

  test('its button closes it again', async () => {
    await page()
    press('more')
    await sees(() => expect(inMenu()).toHaveLength(2))
    press('more')
    await nextTick()
    await sees(() => expect(inMenu()).toHaveLength(0))
  })
})
