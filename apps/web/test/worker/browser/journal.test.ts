import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { folderId, edit } from '../writes/rows'
import { Visit } from './visit'

let folder: string
let visit: Visit
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
  await build({
    entryPoints: [fileURLToPath(new URL('../../../shared/journal/store.ts', import.meta.url))],
    outfile: join(folder, 'journal.js'), bundle: true, format: 'esm', platform: 'browser', target: 'es2022', logLevel: 'warning',
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  visit = await Visit.start(folder)
})
afterEach(() => visit.close())

/** In a worker, which stands for a page: an edit is made, and in the next task all that runs there ends. */
const SOURCE = `
  const { Journal } = await import(location.origin + '/workers/journal.js')
  const journal = await Journal.open('journal')
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    postMessage('gone')
    self.close()
  }
  onmessage = ({ data }) => {
    void journal.append(data)
    port2.postMessage('next task')
  }
  postMessage('ready')
`

/** A text: what compiles this file puts its own in the place of an import that a page is to do. */
const READ = `(async () => {
  const { Journal } = await import('/workers/journal.js')
  const journal = await Journal.open('journal')
  return (await journal.all()).map(({ mutation }) => mutation.input.name)
})()`

/**
 * What has to be asked for in turns is lost each time: of ten, none is there. What Chromium has been handed it does, also when
 * the page is gone, but for a transaction that it has not begun by then: once, on a busy machine, it was nine.
 */
test('edits are noted though their pages end in the very next moment', async () => {
  const page = await visit.page()
  const edits = Array.from({ length: 10 }, (_, n) => ({ ...edit('folder.rename', { id: folderId(n + 1), name: `edit ${n}` }), about: '' }))
  await page.evaluate(async ({ source, all }) => {
    for (const one of all) {
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' })
      await new Promise<void>((resolve, reject) => {
        worker.onerror = ({ message }) => reject(new Error(message))
        worker.onmessage = ({ data }) => {
          if (data === 'ready') worker.postMessage([one])
          else resolve()
        }
      })
    }
  }, { source: SOURCE, all: edits })
  const noted = await page.evaluate(READ) as string[]
  expect(edits.map(({ mutation }) => mutation.input.name)).toEqual(expect.arrayContaining(noted))
  expect(noted.length).toBeGreaterThan(edits.length / 2)
})
