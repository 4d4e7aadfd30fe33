import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { buildSteps } from '../../scripts/lib/build-steps.mjs'
import { chooseSync, chosenSync } from '../../scripts/lib/sync-choice.mjs'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'mvdb-choice-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const worker = () => buildSteps(chosenSync(folder)).find(({ name }) => name === 'the worker')

it('a worker built on another sync is not replaced by the next build, until the choice is taken back', () => {
  const ours = worker()
  expect(ours?.command[1]).toContain('--sync=ours')
  chooseSync('pglite-sync', folder)
  // The options are part of what an output is known by: another choice is another output, and the same one is the same.
  expect(worker()).toEqual(worker())
  expect(worker()?.command[1]).toContain('--sync=pglite-sync')
  expect(worker()?.options).not.toEqual(ours?.options)
  chooseSync('ours', folder)
  expect(worker()).toEqual(ours)
})

it('a choice that this version does not know is none', () => {
  writeFileSync(join(folder, 'sync'), 'another')
  expect(chosenSync(folder)).toBe('ours')
})
