import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { smallCast } from '../support/cast'
import { SIGHTS } from '../support/pages'
import { Stack } from '../support/stack'
import { standsStill, walk } from '../support/walk'

let stack: Stack
let cast: Awaited<ReturnType<typeof smallCast>>
let axe: string

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  stack = await Stack.start()
  await stack.script('scripts/seed-demo.ts')
  cast = await smallCast(stack.sql)
})
afterAll(() => stack.stop())

/** What axe finds wrong, one line each: rule, where, and what it says of it. */
async function violations(page: Page, options: RunOptions): Promise<string[]> {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe)
  const { violations: found } = await page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], preload: false, iframes: false, ...options })})`) as AxeResults
  return found.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n').at(1)?.trim()}`))
}

/** What is open floats beside the landmarks, as dialogs and menus do by the ARIA patterns. */
const FLOATING: RunOptions = { rules: { region: { enabled: false } } }
const CONTRAST: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast'] } }

// Colours are all that the dark theme changes.
test('no page in any state has a violation of axe\'s rules, in light and in dark', async () => {
  const found: string[] = []
  const seen = new Set<string>()
  // Also where the time ran out on the way.
  onTestFailed(() => console.error(found.join('\n')))
  await walk(stack, {
    ...cast,
    async look({ name, act }, page) {
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme })
        await page.waitForFunction(dark => document.documentElement.classList.contains('dark') === dark, theme === 'dark')
        await standsStill(page)
        found.push(...(await violations(page, theme === 'dark' ? CONTRAST : act ? FLOATING : {})).map(line => `${name}, ${theme}: ${line}`))
      }
      seen.add(name)
    },
    missed: ({ name }, error) => found.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`),
  })
  expect(found.join('\n')).toBe('')
  expect(seen.size).toBe(SIGHTS.length)
}, 300_000)
