import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterEach, expect, onTestFailed, onTestFinished, test } from 'vitest'
import { dataFolder, Running } from '../../../../test/commands/support/command'
import { Browser } from '../support/browser'
import { pointer } from '../support/page'
import { until } from '../support/wait'

const TREE = fileURLToPath(new URL('../../../../data/debian-trees/database.tsv.gz', import.meta.url))
const PASSWORD = 'three words of mine'
const NAME = 'Journeyed Goods'
/** What a person waits for who watches a page, on a machine that is busy with it. */
const PATIENCE = { timeout: 60_000 }

let demo: Running | undefined
const { folder, remove } = dataFolder()
afterEach(async () => {
  demo?.child.kill('SIGTERM')
  await demo?.ended
  remove()
})

/** A profile of its own, as on a device of its own. */
async function device(): Promise<Page> {
  const browser = await Browser.open(undefined, { asPersonsHave: true })
  onTestFailed(() => { console.error([...browser.complaints.slice(-15), demo?.output].join('\n')) })
  onTestFinished(() => browser.close())
  return browser.context.pages()[0] ?? browser.context.newPage()
}

const says = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor(PATIENCE)
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click(PATIENCE)
const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click(PATIENCE)

async function fillSignUp(page: Page, name: string, email: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await press(page, 'Make the account')
  await until(`${email} is here`, async () => await pointer(page).catch(() => undefined))
}

// Each step has tests of its own; only here is it one way, on the demo as it is started, with nothing typed into an
// address but what the terminal and the owner's invite say.
test('from npm run demo on, a new user makes a company, imports a tree, invites, is seen live, is found by search and ends a device', { timeout: 300_000 }, async () => {
  demo = new Running(['scripts/demo.mjs', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', folder])
  const url = await demo.until(/The app is on (http:.*)\n(?:.*\n)*Ctrl-C stops it/, 110_000)
  const owner = await device()

  // A company of their own.
  await owner.goto(url)
  await follow(owner, 'Make an account')
  await fillSignUp(owner, 'Olivia Owner', 'olivia@example.com')
  await says(owner, 'Welcome, Olivia Owner')
  await owner.getByLabel('Name of the company').fill(NAME)
  await says(owner, 'Free')
  await press(owner, 'Make the company')
  await owner.waitForURL(/\/c\/[0-9a-f-]{36}$/, PATIENCE)

  // A tree out of a file.
  await follow(owner, 'Import')
  await owner.getByLabel('File of folder trees').setInputFiles(TREE)
  await press(owner, 'Import 3,840 folders')
  await says(owner, '3,840 folders, 246 workspaces')
  await follow(owner, 'apgdiff')
  const line = (page: Page, name: string) => page.getByRole('treeitem', { name }).first()
  await line(owner, 'usr').click(PATIENCE)

  // Somebody else, in a profile of their own, by the link that the owner sends them.
  await follow(owner, 'Members')
  await press(owner, 'Invite')
  await press(owner, 'Make an invite')
  const link = await owner.getByLabel('Link of the invite').inputValue(PATIENCE)
  await owner.keyboard.press('Escape')
  expect(new URL(link).origin).toBe(new URL(url).origin)
  const member = await device()
  await member.goto(link)
  await says(member, `Join ${NAME}`)
  await follow(member, 'Make an account and join')
  await fillSignUp(member, 'Milo Member', 'milo@example.com')
  await follow(member, new RegExp(NAME))
  await says(owner, 'Milo Member')
  await follow(member, 'apgdiff')
  await line(member, 'usr').click(PATIENCE)

  // What one makes, the other sees without touching anything.
  await follow(owner, 'Home')
  await follow(owner, 'apgdiff')
  await line(owner, 'usr').click(PATIENCE)
  await press(owner, 'New folder')
  await owner.getByRole('dialog').getByLabel('Name').fill('Zebra crossings')
  await owner.keyboard.press('Enter')
  await line(owner, 'Zebra crossings').waitFor(PATIENCE)
  await says(member, 'Zebra crossings')

  // Search finds what was just made, by its beginning, and opens it.
  await follow(member, 'Home')
  await member.keyboard.press('Control+k')
  await member.getByTestId('search-field').fill('zebra cro')
  await member.getByRole('option', { name: /Zebra crossings/ }).first().click(PATIENCE)
  await member.getByRole('heading', { name: 'Zebra crossings' }).first().waitFor(PATIENCE)

  // Another device of the owner is signed out from the first.
  const other = await device()
  await other.goto(url)
  await other.getByLabel('E-mail').fill('olivia@example.com')
  await other.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await press(other, /^sign in$/i)
  await other.getByRole('link', { name: new RegExp(NAME) }).first().waitFor(PATIENCE)
  await owner.getByTestId('person-menu').click()
  await owner.getByRole('menuitem', { name: 'Settings' }).click()
  await follow(owner, 'Sign-in and devices')
  await press(owner, /^End the session on/)
  await other.getByText(/sign in again/i).first().waitFor(PATIENCE)
  expect(await owner.getByText(/sign in again to sync/i).count(), 'the first device goes on').toBe(0)
})
