import { createRequire } from 'node:module'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { company, foldersOf, join, person } from '../support/people'
import { SIGHTS, type Places } from '../support/pages'
import { Stack } from '../support/stack'
import { standsStill, walk, type Walk } from '../support/walk'

let stack: Stack
let people: Walk['people']
let places: Places
let axe: string

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  stack = await Stack.start()
  await stack.script('scripts/seed-demo.ts')
  const { sql } = stack
  const [owner, guest, member] = [await person(sql, 'Olga'), await person(sql, 'Gita'), await person(sql, 'Mara')]
  const full = await company(sql, [[owner, 'owner'], [guest, 'guest'], [member, 'member']])
  const [workspace = ''] = full.workspaces
  const folders = await foldersOf(sql, full.id)
  const emptyCompany = randomUUID()
  const emptyWorkspace = randomUUID()
  await sql.query('insert into companies (id, name, slug, owner_id) values ($1, $2, $3, $4)', [emptyCompany, 'Nothing yet', `empty-${process.pid}`, owner.id])
  await join(sql, emptyCompany, owner, 'owner')
  await sql.query('insert into workspaces (id, company_id, name, position) values ($1, $2, $3, $4)', [emptyWorkspace, emptyCompany, 'Empty workspace', 'a0'])
  people = { owner, guest }
  places = { company: full.id, workspace, folder: folders.find(one => one.workspace_id === workspace)?.id ?? '', emptyCompany, emptyWorkspace }
})
afterAll(() => stack.stop())

/** What axe finds wrong, one line each: rule, where, and what it says of it. */
async function violations(page: Page, options: RunOptions): Promise<string[]> {
  if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(axe)
  const { violations: found } = await page.evaluate(`axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...options })})`) as AxeResults
  return found.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}: ${node.failureSummary?.split('\n').at(1)?.trim()}`))
}

const CONTRAST: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast'] } }

// Colours are all that the dark theme changes.
test('no page in any state has a violation of axe\'s rules, in light and in dark', async () => {
  const found: string[] = []
  const seen = new Set<string>()
  await walk(stack, {
    people, places,
    async look({ name }, page) {
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme })
        await page.waitForFunction(dark => document.documentElement.classList.contains('dark') === dark, theme === 'dark')
        await standsStill(page)
        found.push(...(await violations(page, theme === 'light' ? {} : CONTRAST)).map(line => `${name}, ${theme}: ${line}`))
      }
      seen.add(name)
    },
    missed: ({ name }, error) => found.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`),
  })
  expect(found.join('\n')).toBe('')
  expect(seen.size).toBe(SIGHTS.length)
}, 240_000)
