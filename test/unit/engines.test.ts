import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineTable } from '../../scripts/lib/engine-table.mjs'
import { findEngine } from '../../scripts/lib/engines.mjs'
import { programs } from './support/programs'

const path = programs()

/** A machine with nothing on its PATH but what the test puts there, on which each command ends as given. */
function machine({ env = {}, hasApt = true, ends = () => 0 }: { env?: Record<string, string>, hasApt?: boolean, ends?: (command: string) => number } = {}) {
  const ran: string[] = []
  return {
    ran,
    here: {
      env: { PATH: path.folder, ...env }, hasApt, say: () => {},
      run: async (command: string, args: string[] = []) => {
        ran.push([command, ...args].join(' '))
        return { timedOut: false, output: '', code: ends(ran.at(-1) ?? '') }
      },
    },
  }
}

describe('another engine of the tests', () => {
  it('is the program that its variable names, whatever else there is', async () => {
    path.add('firefox-esr')
    const mine = path.add('mine')
    const { here, ran } = machine({ env: { FIREFOX_PATH: mine } })
    expect([await findEngine('firefox', here), ran]).toEqual([{ FIREFOX_PATH: mine }, []])
  })

  it('is refused where its variable names nothing', async () => {
    await expect(findEngine('webkit', machine({ env: { WEBKIT_DRIVER_PATH: join(path.folder, 'none') } }).here)).rejects.toThrow(/^WEBKIT_DRIVER_PATH is \S+, and there is no program: correct it/)
  })

  it('is installed where it is missing', async () => {
    const { here, ran } = machine({ ends: (command) => {
      if (command.startsWith('apt-get install')) path.add('firefox-esr')
      return 0
    } })
    expect(await findEngine('firefox', here)).toEqual({ FIREFOX_PATH: join(path.folder, 'firefox-esr') })
    expect(ran.filter(command => command.startsWith('apt-get'))).toEqual(['apt-get update -q', 'apt-get install -y -q --no-install-recommends firefox-esr'])
  })

  it('is installed where the driver is there and what it takes beside it is not', async () => {
    const driver = path.add('WebKitWebDriver')
    let whole = false
    const { here, ran } = machine({ ends: (command) => {
      if (command.startsWith('apt-get install')) whole = true
      return command.startsWith('Xvfb') && !whole ? 127 : 0
    } })
    expect(await findEngine('webkit', here)).toEqual({ WEBKIT_DRIVER_PATH: driver })
    expect(ran).toContain('apt-get install -y -q --no-install-recommends webkit2gtk-driver gir1.2-webkit2-4.1 python3-gi xvfb')
  })

  it('is asked for in one sentence where it cannot be installed', async () => {
    await expect(findEngine('firefox', machine({ hasApt: false }).here)).rejects.toThrow('Firefox is missing or not whole: install the Debian packages firefox-esr, or set FIREFOX_PATH to its program, then run the command again.')
  })
})

it('the table of engines has a column for each, and a dash for what one of them did not say', () => {
  expect(engineTable([{ engine: 'a/1', what: 'OPFS', value: 'yes' }, { engine: 'b/2', what: 'OPFS', value: 'no' }, { engine: 'b/2', what: 'reload', value: '2 s' }])).toBe([
    '|  | a/1 | b/2 |', '| --- | --- | --- |', '| OPFS | yes | no |', '| reload | – | 2 s |',
  ].join('\n'))
})
