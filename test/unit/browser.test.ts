import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findBrowser, findShell } from '../../scripts/lib/browser.mjs'
import { packagedBrowser } from '../../scripts/lib/packaged-browser.mjs'
import { programs } from './support/programs'

const path = programs()

interface Outcome { code: number, output: string, timedOut?: boolean }

/** A machine with nothing on its PATH but what the test puts there, on which each command ends as given. */
function machine({ env = {}, hasApt = true, packaged, ends = () => ({ code: 0, output: '' }) }: {
  env?: Record<string, string>, hasApt?: boolean, packaged?: string, ends?: (command: string) => Outcome
}) {
  const [ran, said]: [string[], string[]] = [[], []]
  return {
    ran, said,
    here: {
      env: { PATH: path.folder, ...env }, places: [], hasApt, say: (line: string) => { said.push(line) },
      run: async (command: string, args: string[] = []) => {
        ran.push([command, ...args].join(' '))
        return { timedOut: false, ...ends(ran.at(-1) ?? '') }
      },
      packaged: async () => {
        ran.push('the npm package')
        return packaged
      },
    },
  }
}

describe('the browser of the tests', () => {
  it('is the one of CHROMIUM_PATH, whatever else there is', async () => {
    path.add('chromium')
    const mine = path.add('mine')
    const { here, ran } = machine({ env: { CHROMIUM_PATH: mine } })
    expect([await findBrowser(here), ran]).toEqual([mine, []])
  })

  it('is never another one where CHROMIUM_PATH names none', async () => {
    path.add('chromium')
    await expect(findBrowser(machine({ env: { CHROMIUM_PATH: join(path.folder, 'none') } }).here)).rejects.toThrow(/^CHROMIUM_PATH is \S+, and there is no program: correct it/)
  })

  it('is one of the system before anything is installed', async () => {
    const found = path.add('google-chrome')
    const { here, ran } = machine({})
    expect([await findBrowser(here), ran]).toEqual([found, []])
  })

  it('comes by apt-get where root has it, before the npm package', async () => {
    const { here, ran, said } = machine({ ends: (command) => {
      if (command.includes('install')) path.add('chromium')
      return { code: 0, output: '' }
    } })
    expect(await findBrowser(here)).toBe(join(path.folder, 'chromium'))
    expect(ran).toEqual(['apt-get update -q', 'apt-get install -y -q --no-install-recommends chromium'])
    expect(said).toEqual(['No Chromium on this machine: installing it with apt-get …'])
  })

  it('comes by npm where nobody is root', async () => {
    const { here, ran } = machine({ hasApt: false, packaged: '/packaged' })
    expect([await findBrowser(here), ran]).toEqual(['/packaged', ['the npm package']])
  })

  it.each([
    ['its lists', (command: string) => ({ code: 100, output: `\nE: no network for ${command}\n` }), /^apt-get could not fetch its lists \(E: no network for apt-get update -q\): trying/],
    ['the package', (command: string) => command.includes('install') ? { code: 100, output: 'E: no such package\n' } : { code: 0, output: '' }, /^apt-get could not install chromium \(E: no such package\): trying/],
    ['an end', (command: string) => command.includes('install') ? { code: 1, output: 'x', timedOut: true } : { code: 0, output: '' }, /^apt-get could not install chromium \(it took too long\): trying/],
    ['a program', () => ({ code: 0, output: '' }), /^apt-get installed chromium, and there is no program of that name: trying/],
  ])('comes by npm where apt-get does not come to %s, and one line says so', async (_, ends, says) => {
    const { here, said } = machine({ packaged: '/packaged', ends })
    expect(await findBrowser(here)).toBe('/packaged')
    expect(said.slice(1)).toEqual([expect.stringMatching(says)])
  })

  it('that nothing brings is one sentence with what to do', async () => {
    await expect(findBrowser(machine({}).here)).rejects.toThrow('No Chromium was found and none could be installed: install Chromium or Chrome, or set CHROMIUM_PATH to one, then run the command again.')
  })

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('that npm cannot fetch is told in one line', async () => {
    const { here, said } = machine({ ends: () => ({ code: 1, output: 'npm error\nnpm error network is away\n' }) })
    expect(await packagedBrowser(here)).toBeUndefined()
    expect(said.slice(1)).toEqual([expect.stringMatching(/^@sparticuz\/chromium\S+: npm could not fetch it \(npm error network is away\)\.$/)])
  })
})

describe('the browser without windows', () => {
  it('is the one of the system, and nothing is installed', async () => {
    const found = path.add('chromium-headless-shell')
    const { here, ran } = machine({})
    expect([await findShell(here), ran]).toEqual([found, []])
  })

  it('is none where CHROMIUM_PATH names the browser that is meant', async () => {
    path.add('chromium-headless-shell')
    expect(await findShell(machine({ env: { CHROMIUM_PATH: path.add('mine') } }).here)).toBeUndefined()
  })

  it('comes by apt-get where root has it', async () => {
    const { here, said } = machine({ ends: (command) => {
      if (command.includes('install')) path.add('chromium-headless-shell')
      return { code: 0, output: '' }
    } })
    expect(await findShell(here)).toBe(join(path.folder, 'chromium-headless-shell'))
    expect(said).toEqual(['No chromium-headless-shell on this machine: installing it with apt-get, the tests are quicker with it …'])
  })

  it('is done without where it cannot be had', async () => {
    const { here, said } = machine({ ends: () => ({ code: 100, output: 'E: no such package' }) })
    expect(await findShell(here)).toBeUndefined()
    expect(said).toContain('apt-get could not install chromium-headless-shell: the tests run in the whole browser.')
    expect(await findShell(machine({ hasApt: false }).here)).toBeUndefined()
  })
})
