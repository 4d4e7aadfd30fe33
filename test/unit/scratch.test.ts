import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { expect, it, onTestFinished } from 'vitest'
import { withScratch } from '../../scripts/lib/scratch.mjs'

it('is there for everybody while the work goes on, and gone with all that was made in it', async () => {
  const folder = await withScratch((folder) => {
    mkdirSync(join(folder, 'made'))
    expect(statSync(folder).mode & 0o7777).toBe(0o1777)
    return folder
  })
  expect(existsSync(folder)).toBe(false)
})

it('is gone too where the work fails, which is told', async () => {
  let folder = ''
  await expect(withScratch(async (made) => {
    folder = made
    throw new Error('the work failed')
  })).rejects.toThrow('the work failed')
  expect(folder).not.toBe('')
  expect(existsSync(folder)).toBe(false)
})

it('takes what a killed run left with it, and leaves a running one its own', async () => {
  const place = await withScratch(dirname)
  const ended = spawnSync(process.execPath, ['-e', '']).pid
  const [left, used] = [ended, process.ppid].map(pid => join(place, `mvdb-scratch-${pid}-test`)) as [string, string]
  for (const folder of [left, used]) mkdirSync(join(folder, 'profile'), { recursive: true })
  onTestFinished(() => { for (const folder of [left, used]) rmSync(folder, { recursive: true, force: true }) })
  await withScratch(() => {
    expect(existsSync(left)).toBe(false)
    expect(existsSync(used)).toBe(true)
  })
})
