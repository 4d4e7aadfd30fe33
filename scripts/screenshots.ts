// `pnpm screenshots`: a picture of every page in every state, light and dark, wide and 360 px, into a folder that git ignores.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { FORM_PAGES } from '../apps/web/shared/leads/form'
import { Browser } from '../apps/web/test/support/browser'
import { demoCast } from '../apps/web/test/support/cast'
import { Front } from '../apps/web/test/support/front'
import { SIGHTS, type Sight } from '../apps/web/test/support/pages'
import { Stack } from '../apps/web/test/support/stack'
import { standsStill, walk } from '../apps/web/test/support/walk'
import { Refusal } from './lib/command.mjs'
import { ROOT, SERVER_ENTRY } from './lib/paths.mjs'

interface Look { name: string, theme: 'light' | 'dark', width: number, height: number }

const MANY = 100_000
const LOOKS: Look[] = [
  { name: 'light', theme: 'light', width: 1280, height: 800 },
  { name: 'dark', theme: 'dark', width: 1280, height: 800 },
  { name: '360', theme: 'light', width: 360, height: 740 },
]
/** The handful that the README shows: smaller, because they are committed. */
const README: Record<string, Look> = {
  'home': { name: 'light', theme: 'light', width: 1120, height: 600 },
  'folder': { name: 'dark', theme: 'dark', width: 1120, height: 600 },
  'workspace-100k': { name: 'light', theme: 'light', width: 1120, height: 600 },
  'search-palette': { name: 'dark', theme: 'dark', width: 1120, height: 600 },
  'sync-panel': { name: 'light', theme: 'light', width: 1120, height: 600 },
  'members': { name: '360', theme: 'light', width: 360, height: 640 },
  'form': { name: '360', theme: 'light', width: 360, height: 640 },
  'lead': { name: 'light', theme: 'light', width: 1120, height: 600 },
  'dashboard-filtered': { name: 'dark', theme: 'dark', width: 1120, height: 600 },
}

function wanted(argv: string[]) {
  try {
    const { values } = parseArgs({ args: argv, options: { out: { type: 'string' }, only: { type: 'string' }, readme: { type: 'boolean', default: false } } })
    const names = values.readme ? Object.keys(README) : values.only?.split(',')
    const unknown = names?.find(name => name !== MANY_FOLDERS.name && name !== FORM && !SIGHTS.some(sight => sight.name === name))
    if (unknown !== undefined) throw new Error(`There is no page "${unknown}" in the table`)
    return { out: values.out ?? join(ROOT, values.readme ? 'docs/screenshots' : 'test-results/screenshots'), names, looksOf: (name: string) => values.readme && README[name] ? [README[name]] : LOOKS }
  }
  catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}. Usage: pnpm screenshots [--out FOLDER] [--only NAME,NAME] [--readme].`)
  }
}

/** Only here: it takes a while to come to a page, and axe would see nothing that it does not see in a small tree. */
const MANY_FOLDERS: Sight = { name: 'workspace-100k', viewer: 'owner', path: () => '', heading: /^many$/ }

/** Another program than the app, which has no way to it: `/f/<short name>`. */
const FORM = 'form'

async function lookAtForm(stack: Stack, look: (page: Page) => Promise<void>): Promise<void> {
  const front = await Front.before(stack.replicas, { secure: true })
  const browser = await Browser.open()
  try {
    const page = browser.context.pages()[0] ?? await browser.context.newPage()
    await page.goto(`${front.origin}${FORM_PAGES}editors`)
    await page.getByLabel('Name').fill('Grace Hopper')
    await page.getByLabel('E-mail').fill('grace@example.com')
    await page.getByLabel('Message').fill('Please call me about the workshop in May.')
    await look(page)
  }
  finally {
    await browser.close()
    await front.stop()
  }
}

async function plantMany(stack: Stack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mvdb-screenshots-'))
  const file = join(folder, 'many.tsv')
  await writeFile(file, Array.from({ length: MANY }, (_, n) => `many\tFolder ${String(n + 1).padStart(6, '0')}\n`).join(''))
  await stack.script('scripts/seed-tree.ts', '--company', 'hundred-thousand', '--owner', 'olga@demo.example', file)
  await rm(folder, { recursive: true })
  const { rows: [row] } = await stack.sql.query<{ path: string }>('select \'/c/\' || c.id || \'/w/\' || w.id as path from workspaces w join companies c on c.id = w.company_id where c.slug = $1', ['hundred-thousand'])
  return row?.path ?? ''
}

async function main(): Promise<number> {
  const { out, names, looksOf } = wanted(process.argv.slice(2))
  if (!existsSync(SERVER_ENTRY)) throw new Refusal('There is no build to look at: run `node scripts/build.mjs` first.')
  await mkdir(out, { recursive: true })
  const stack = await Stack.start()
  const missed: string[] = []
  try {
    await stack.script('scripts/seed-demo.ts')
    const isWanted = ({ name }: Sight) => names === undefined || names.includes(name)
    const many: Sight[] = []
    if (isWanted(MANY_FOLDERS)) {
      const path = await plantMany(stack)
      many.push({ ...MANY_FOLDERS, path: () => path })
    }
    const look = async ({ name }: Pick<Sight, 'name'>, page: Page) => {
      for (const { name: look, theme, ...size } of looksOf(name)) {
        await page.setViewportSize(size)
        await page.emulateMedia({ colorScheme: theme })
        await standsStill(page)
        await page.screenshot({ path: join(out, `${name}.${look}.png`) })
      }
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.emulateMedia({ colorScheme: 'light' })
      console.log(name)
    }
    if (names === undefined || names.includes(FORM)) await lookAtForm(stack, page => look({ name: FORM }, page))
    await walk(stack, {
      ...await demoCast(stack.sql), look,
      sights: [...many, ...SIGHTS.filter(isWanted)],
      missed: ({ name }, error) => missed.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`),
    })
  }
  finally {
    await stack.stop()
  }
  for (const line of missed) console.error(`missed ${line}`)
  console.log(`Pictures are in ${out}`)
  return missed.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
}
catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = 1
}
