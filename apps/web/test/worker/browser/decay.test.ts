import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quickIf } from '../../../../../scripts/lib/soak-tag.mjs'
import { buildWorker } from '../../../../../scripts/build-pglite-worker'
import { openTab } from './tab'
import { answerOrEnd, company, DATABASE, folders, folderShape, membership, until, USER, Visit, wholeCopy } from './visit'

let workers: string
let visit: Visit
beforeAll(async () => {
  workers = await mkdtemp(join(tmpdir(), 'worker-decay-'))
  await buildWorker(workers)
  visit = await Visit.start(workers)
  visit.server.shape('memberships', [membership(1)])
  visit.server.shape(folderShape(1), folders(1, 2000))
  const tab = await visit.tab()
  await until(() => tab.query('SELECT (SELECT count(*)::int FROM folders) AS rows, (SELECT count(*)::int FROM sync_status WHERE state <> \'live\') AS waits'), ([found]) => found?.rows === 2000 && found.waits === 0)
  const page = await visit.page()
  await tab.page.close()
  await until(() => page.evaluate(copyFolder, [DATABASE, 'device-copy'] as const).catch(() => false), copied => copied)
  await page.close()
})
afterAll(async () => {
  await visit.close()
  await rm(workers, { recursive: true, force: true })
})

/** In the page: makes one folder of OPFS what another is. */
async function copyFolder([from, to]: readonly [string, string]): Promise<boolean> {
  const root = await navigator.storage.getDirectory()
  const copy = async (source: FileSystemDirectoryHandle, target: FileSystemDirectoryHandle): Promise<void> => {
    for await (const [name, handle] of source.entries()) {
      if (handle.kind === 'directory') {
        await copy(handle as FileSystemDirectoryHandle, await target.getDirectoryHandle(name, { create: true }))
        continue
      }
      const stream = await (await target.getFileHandle(name, { create: true })).createWritable()
      await stream.write(await (handle as FileSystemFileHandle).getFile())
      await stream.close()
    }
  }
  await root.removeEntry(to, { recursive: true }).catch(() => undefined)
  await copy(await root.getDirectoryHandle(from), await root.getDirectoryHandle(to, { create: true }))
  return true
}

/** In the page: damages what no worker has open. `largest`: the largest file that is no write-ahead log. */
async function damage([database, how, where]: readonly [string, 'flip' | 'cut' | 'remove', 'all' | 'largest' | 'state']): Promise<void> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(database)
  if (where === 'state') return folder.removeEntry('state.txt')
  const data = await folder.getDirectoryHandle('data')
  const files: { name: string, handle: FileSystemFileHandle, size: number }[] = []
  for await (const [name, handle] of data.entries()) files.push({ name, handle: handle as FileSystemFileHandle, size: (await (handle as FileSystemFileHandle).getFile()).size })
  // Files of the log are of 1 MB, and of 16 MB in a database that initdb made.
  const tables = files.filter(({ size }) => size > 0 && ![1, 16].includes(size / 1024 / 1024)).sort((a, b) => b.size - a.size)
  for (const { name, handle, size } of where === 'all' ? files.filter(file => file.size > 0) : tables.slice(0, 1)) {
    if (how === 'remove') {
      await data.removeEntry(name)
      continue
    }
    const stream = await handle.createWritable({ keepExistingData: true })
    if (how === 'cut') await stream.truncate(Math.floor(size / 2))
    else for (let at = 100; at < size; at += 4096) await stream.write({ type: 'write', position: at, data: new Uint8Array([0xDE, 0xCA, 0x11]) })
    await stream.close()
  }
}

for (const [about, how, where] of [
  ['every file flipped', 'flip', 'all'],
  ['every file cut in half', 'cut', 'all'],
  ['its largest file missing', 'remove', 'largest'],
  ['the record of its files missing', 'remove', 'state'],
] as const) test(`a database with ${about} is made anew, by itself or at the next opening, and no page waits for ever`, { timeout: 90_000, ...quickIf(where === 'largest') }, async () => {
  const page: Page = await visit.page()
  await page.evaluate(copyFolder, ['device-copy', DATABASE] as const)
  await page.evaluate(damage, [DATABASE, how, where] as const)
  let tab = await openTab(page, DATABASE, USER)
  await answerOrEnd(tab)
  if ((await tab.ended()).length > 0) {
    await page.reload()
    tab = await openTab(page, DATABASE, USER)
  }
  await wholeCopy(tab, 2000)
  expect(await tab.query('SELECT name FROM folders WHERE company_id = $1 ORDER BY position DESC LIMIT 1', [company(1)])).toHaveLength(1)
  await tab.page.close()
})
