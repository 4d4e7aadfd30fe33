import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { SCHEMA_VERSION } from '../../../shared/generated/catalogue.gen'
import { discardAll, journalEntries, journalStates, makeEdits, type GivenEdit } from '../../support/journal'
import { filesWith, needle, noByteOf } from '../../support/needles'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { comeBack, localSql } from '../../support/page'
import { company, foldersOf, person, type Company, type Person, type Role } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit, type Visit } from '../../support/visit'
import { until } from '../../support/wait'

/** `purge.ts` has the same with few. */
const MANY = 1_000
/** Folders that others named: every second one is renamed. */
const FOLDERS = 60
const RENAMED = FOLDERS / 2
const LIMIT = { deadline: 60_000, every: 250 }

interface Scene { who: Person, firm: Company, here: Visit, theirs: string, mine: string }

/** Half of them make folders, the other half rename those that others named, and say how they were named. */
async function editOffline(stack: Stack, { here, firm, theirs, mine }: Scene): Promise<void> {
  const folders = await foldersOf(stack.sql, firm.id)
  const names = new Map<string, string>()
  const edits = Array.from({ length: MANY }, (_, n): GivenEdit => {
    const name = `${mine} ${n}`
    if (n % 2 === 1) return { name: 'folder.create', company: firm.id, input: { id: randomUUID(), workspace_id: firm.workspaces[0], parent_id: null, name } }
    const id = folders[n % folders.length]?.id ?? ''
    const before = names.get(id) ?? theirs
    names.set(id, name)
    return { name: 'folder.rename', company: firm.id, input: { id, name }, base: { name: before }, about: before }
  })
  here.front.unplug()
  await makeEdits(here.page, edits)
  expect(await journalStates(here.page)).toEqual({ waiting: MANY })
}

/** Someone in a company whose folders others named, with its copy on the device. */
async function enter(stack: Stack, role: Role): Promise<Scene> {
  const { sql } = stack
  const [boss, who] = [await person(sql, 'Boss'), await person(sql, 'Enda')]
  const firm = await company(sql, role === 'owner' ? [[who, 'owner']] : [[boss, 'owner'], [who, role]], { folders: FOLDERS })
  const [theirs, mine] = [needle(), needle()]
  await sql.query('update folders set name = $1 where company_id = $2', [theirs, firm.id])
  const here = await visit(stack, who, undefined, true)
  await holdsWhatTheyMaySee(sql, [{ page: here.page, user: who }])
  return { who, firm, here, theirs, mine }
}

/** What this person typed, as far as the journal has it. */
const typed = async (page: Page) => (await journalEntries(page)).filter(({ mutation }) => typeof mutation.input.name === 'string').length

const leave = ({ sql }: Stack, { firm, who }: Scene) => sql.query('delete from company_members where company_id = $1 and user_id = $2', [firm.id, who.id])

const become = (page: Page, states: Record<string, number>) =>
  until(`the journal is ${JSON.stringify(states)}`, async () => JSON.stringify(await journalStates(page)) === JSON.stringify(states), LIMIT)

/** Folders that the server has by what this person typed, each name once. */
async function typedAtServer({ sql }: Stack, { firm, mine }: Scene): Promise<{ rows: number, names: number }> {
  const { rows: [found] } = await sql.query<{ rows: number, names: number }>('select count(*)::int as rows, count(distinct name)::int as names from folders where company_id = $1 and name like $2', [firm.id, `${mine}%`])
  return found ?? { rows: 0, names: 0 }
}

/** Each folder that was made is there once, and each that was renamed has the last of its names. */
async function sentOnce(stack: Stack, scene: Scene): Promise<void> {
  await until('all is done', async () => Object.keys(await journalStates(scene.here.page)).join() === 'done', LIMIT)
  expect(await typedAtServer(stack, scene)).toEqual({ rows: MANY / 2 + RENAMED, names: MANY / 2 + RENAMED })
  await holdsWhatTheyMaySee(stack.sql, [{ page: scene.here.page, user: scene.who }], { deadline: 30_000 })
}

async function killAndReturn({ here, who }: Scene): Promise<void> {
  await here.browser.kill()
  await here.browser.reopen()
  here.page = here.browser.context.pages()[0] ?? await here.browser.context.newPage()
  await comeBack(here.page, here.front.origin, who)
}

/** In the page: damages every file of the local database that no worker has open. */
async function damage(): Promise<number> {
  let damaged = 0
  for await (const [name, handle] of (await navigator.storage.getDirectory()).entries()) {
    if (handle.kind !== 'directory' || !/-[0-9a-f]{8}$/.test(name)) continue
    const data = await (handle as FileSystemDirectoryHandle).getDirectoryHandle('data')
    for await (const file of data.values()) {
      const { size } = await (file as FileSystemFileHandle).getFile()
      const stream = await (file as FileSystemFileHandle).createWritable({ keepExistingData: true })
      for (let at = 100; at < size; at += 4096) await stream.write({ type: 'write', position: at, data: new Uint8Array([0xDE, 0xCA, 0x11]) })
      await stream.close()
      damaged++
    }
  }
  return damaged
}

export function endingScenes(stack: () => Stack) {
  describe('with edits unsent', () => {
    test(`${MANY} of them in a company that was left: what was typed stays until it is discarded, and of what others wrote not one byte`, { timeout: 240_000, tags: [SOAK] }, async () => {
      const scene = await enter(stack(), 'member')
      const { here, theirs, mine } = scene
      await editOffline(stack(), scene)
      expect(await filesWith(here.browser.profile, theirs)).toContainEqual(expect.stringContaining('IndexedDB'))
      await leave(stack(), scene)
      here.front.plugIn()
      await become(here.page, { refused: MANY })
      await noByteOf(here.browser.profile, theirs)
      await here.page.goto(`${here.front.origin}/changes`)
      await here.page.getByText(mine).first().waitFor()
      expect(await typed(here.page)).toBe(MANY)
      expect(await discardAll(here.page)).toBe(MANY)
      await noByteOf(here.browser.profile, mine)
      await here.browser.context.close()
      for (const text of [theirs, mine]) expect(await filesWith(here.browser.profile, text)).toEqual([])
    })

    test(`${MANY} of them when a company was left, and the browser is killed again and again while that is purged: the same`, { timeout: 400_000, tags: [SOAK] }, async () => {
      const scene = await enter(stack(), 'member')
      const { here, theirs } = scene
      await editOffline(stack(), scene)
      await leave(stack(), scene)
      here.front.plugIn()
      for (let kills = 0; kills < 6; kills++) {
        await pause(Math.random() * 3_000)
        await killAndReturn(scene)
        // It may be being made anew.
        await until(`all that was typed is there after kill ${kills + 1}`, async () => await typed(here.page) === MANY, LIMIT)
      }
      await become(here.page, { refused: MANY })
      await noByteOf(here.browser.profile, theirs)
      await here.browser.context.close()
      expect(await filesWith(here.browser.profile, theirs)).toEqual([])
    })

    test(`${MANY} of them when the role no longer allows them: each is refused with its reason, and keeps what was typed`, { timeout: 240_000, tags: [SOAK] }, async () => {
      const scene = await enter(stack(), 'member')
      const { here } = scene
      await editOffline(stack(), scene)
      await stack().sql.query('update company_members set role = $3 where company_id = $1 and user_id = $2', [scene.firm.id, scene.who.id, 'guest'])
      here.front.plugIn()
      // The first name of each folder is refused, and holds those that came after it.
      await until('nothing is sent any more', async () => (await journalStates(here.page)).refused === MANY / 2 + RENAMED, LIMIT)
      const entries = await journalEntries(here.page)
      expect(entries.filter(({ state, answer }) => state === 'refused' && answer?.code === 'role_changed')).toHaveLength(MANY / 2 + RENAMED)
      expect(entries.filter(({ state }) => state === 'waiting')).toHaveLength(MANY / 2 - RENAMED)
      expect(await typed(here.page)).toBe(MANY)
      expect(await typedAtServer(stack(), scene)).toEqual({ rows: 0, names: 0 })
      await holdsWhatTheyMaySee(stack().sql, [{ page: here.page, user: scene.who }], { deadline: 30_000 })
    })

    test(`${MANY} of them over a damaged copy: it is made anew, shows them again, and each is sent once`, { timeout: 240_000, tags: [SOAK] }, async () => {
      const scene = await enter(stack(), 'owner')
      const { page, front } = scene.here
      await editOffline(stack(), scene)
      front.plugIn()
      // A page of the origin without the app: nobody sends.
      await page.goto(`${front.origin}/api/health`)
      await until('the files are let go of and damaged', () => page.evaluate(damage).then(files => files > 10), { deadline: 20_000 })
      expect(await journalStates(page)).toEqual({ waiting: MANY })
      await page.goto(front.origin)
      await sentOnce(stack(), scene)
    })

    test(`${MANY} of them over an upgrade of the local schema: they are shown by the next version before there is a network, and each is sent once`, { timeout: 240_000, tags: [SOAK] }, async () => {
      const scene = await enter(stack(), 'owner')
      const { here, mine } = scene
      await editOffline(stack(), scene)
      here.front.rewords = { from: SCHEMA_VERSION, to: '0afe0000' }
      here.front.plugIn()
      await here.page.reload()
      await until('the next version shows them', async () => (await localSql<{ n: number }>(here.page, 'select count(*)::int as n from folders where name like $1', [`${mine}%`]))[0]?.n === MANY / 2 + RENAMED, LIMIT)
      await sentOnce(stack(), scene)
    })
  })
}
