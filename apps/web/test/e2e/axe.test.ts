import type { RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { violations } from '../support/axe'
import { smallCast } from '../support/cast'
import { sideways, unseenFocus } from '../support/on-screen'
import { SIGHTS, type Sight } from '../support/pages'
import { STILL } from '../support/shifts'
import { Stack } from '../support/stack'
import { standsStill, walk } from '../support/walk'

let stack: Stack
let cast: Awaited<ReturnType<typeof smallCast>>

beforeAll(async () => {
  stack = await Stack.start()
  await stack.script('scripts/seed-demo.ts')
  cast = await smallCast(stack.sql)
})
afterAll(() => stack.stop())

const WIDE = { width: 1280, height: 900 }
const LOOKS = [
  { name: 'light', theme: 'light', size: WIDE },
  { name: 'dark', theme: 'dark', size: WIDE },
  { name: '360', theme: 'light', size: { width: 360, height: 740 } },
] as const

/** What is open floats beside the landmarks, as dialogs and menus do by the ARIA patterns. */
const FLOATING: RunOptions = { rules: { region: { enabled: false } } }
/** Colours are all that the dark theme changes: of its rules those run, the others have been asked in the light. */
const COLOURS: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }

async function faultsOf({ act }: Sight, page: Page, focusSeen: Record<'light' | 'dark', Set<string>>): Promise<string[]> {
  const found: string[] = []
  for (const { name, theme, size } of LOOKS) {
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: theme })
    await page.waitForFunction(dark => document.documentElement.classList.contains('dark') === dark, theme === 'dark')
    await standsStill(page)
    const faults = await violations(page, theme === 'dark' ? COLOURS : act ? FLOATING : {})
    if (size === WIDE) faults.push(...(await unseenFocus(page, focusSeen[theme])).map(element => `the focus cannot be seen: ${element}`))
    else if (await sideways(page) > 0) faults.push(`it is ${await sideways(page)} px wider than its screen`)
    found.push(...faults.map(line => `${name}: ${line}`))
  }
  await page.setViewportSize(WIDE)
  await page.emulateMedia({ colorScheme: 'light' })
  return found
}

test('no page in any state has a violation of axe\'s rules, hides the focus, is wider than a phone, or jumps', async () => {
  const found: string[] = []
  const seen = new Set<string>()
  const focusSeen = { light: new Set<string>(), dark: new Set<string>() }
  // Also where the time ran out on the way.
  onTestFailed(() => console.error(found.join('\n')))
  await walk(stack, {
    ...cast,
    async look(sight, page, jumped) {
      const faults = await faultsOf(sight, page, focusSeen)
      if (jumped > STILL) faults.push(`it jumps by ${jumped.toFixed(3)}`)
      found.push(...faults.map(line => `${sight.name}, ${line}`))
      seen.add(sight.name)
    },
    missed: ({ name }, error) => found.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`),
  })
  expect(found.join('\n')).toBe('')
  expect(seen.size).toBe(SIGHTS.length)
  // A walk that focuses nothing would find every focus seen.
  expect(Math.min(focusSeen.light.size, focusSeen.dark.size)).toBeGreaterThan(20)
}, 600_000)
