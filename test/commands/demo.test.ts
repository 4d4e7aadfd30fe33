import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SOAK } from '../../scripts/lib/soak-tag.mjs'
import { dataFolder, eventually, ROOT, Running } from './support/command'
import { familyOf, untilGone } from './support/processes'

const { folder, remove } = dataFolder()
let running: Running | undefined
const startDemo = (...flags: string[]) => {
  running = new Running(['scripts/demo.mjs', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', folder, ...flags])
  return running
}
const READY = /The app is on (http:.*)\n(?:.*\n)*Ctrl-C stops it/

const stop = async () => {
  running?.child.kill('SIGTERM')
  await running?.ended
}
afterEach(stop)
afterAll(async () => {
  await stop()
  remove()
})

/** Signs in with a demo account, as the sign-in page does. */
async function signIn(url: string, { email, password }: { email: string, password: string }): Promise<{ user?: { id: string } }> {
  const response = await fetch(`${url}/api/auth/sign-in`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'origin': url }, body: JSON.stringify({ email, password }),
  })
  expect(response.status).toBe(200)
  return await response.json() as { user?: { id: string } }
}

async function accountsOf(url: string) {
  const { demoAccounts } = await (await fetch(`${url}/api/config`)).json() as { demoAccounts: { email: string, password: string }[] }
  return demoAccounts
}

describe('npm run demo', () => {
  let owner: { user?: { id: string } }

  beforeAll(async () => {
    // The first start on an empty folder; the tests below start on its data again.
    const demo = startDemo()
    const url = await demo.until(READY, 110_000)
    const accounts = await accountsOf(url)
    for (const { email, password } of accounts) expect(demo.output, 'every account of the sign-in page is printed').toMatch(new RegExp(`${email}\\s+${password}`))
    expect(accounts.length).toBeGreaterThan(4)
    owner = await signIn(url, accounts[0] ?? { email: '', password: '' })
    const family = familyOf(demo.pid)
    demo.child.kill('SIGINT')
    expect(await demo.ended, 'Ctrl-C is a normal end').toBe(0)
    await untilGone(family)
  })

  it('has the same people at the next start, and leaves nothing running when the launcher is killed', async () => {
    const demo = startDemo()
    const url = await demo.until(READY)
    const [account] = await accountsOf(url)
    expect(await signIn(url, account ?? { email: '', password: '' })).toEqual(owner)

    const family = familyOf(demo.pid)
    expect(family.some(({ command }) => /postgres/.test(command))).toBe(true)
    demo.child.kill('SIGKILL')
    await untilGone(family)
  })

  it('starts again after a kill, and refuses a second demo on the same data while it runs', async () => {
    const demo = startDemo()
    const url = await demo.until(READY)
    const second = new Running(['scripts/demo.mjs', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', folder])
    expect(await second.ended).toBe(1)
    expect(second.output).toMatch(/already|in use|another/i)
    expect(second.output).not.toMatch(/\n\s+at /)
    expect((await fetch(`${url}/api/health`)).status, 'the first one goes on').toBe(200)
  })

  it('leaves nothing running when npm itself is killed', { tags: [SOAK] }, async () => {
    running = new Running(['run', 'demo', '--', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', folder], {}, ROOT, 'npm')
    await running.until(READY)
    const family = familyOf(running.pid)
    expect(family.length).toBeGreaterThan(4)
    running.child.kill('SIGKILL')
    await untilGone(family)
  })

  it('stops everything and says so when one part dies', { tags: [SOAK] }, async () => {
    const demo = startDemo()
    await demo.until(READY)
    const family = familyOf(demo.pid)
    const app = family.find(({ command }) => /\.output\/server\/start\.mjs/.test(command))
    process.kill(app?.pid ?? 0, 'SIGKILL')
    expect(await demo.ended).toBe(1)
    expect(demo.output).toMatch(/The app ended by SIGKILL: the demo stops/)
    await untilGone(family)
  })

  it('stops when it is told to while it still starts', async () => {
    const demo = startDemo()
    await demo.until(/Starting/)
    await eventually('a part of the stack runs', () => familyOf(demo.pid).length > 1)
    const family = familyOf(demo.pid)
    demo.child.kill('SIGTERM')
    await demo.ended
    await untilGone(family)
  })

  it('says which port is taken and how to choose another, without a stack trace', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      for (const flag of ['--port', '--pg-port', '--electric-port']) {
        const demo = startDemo(flag, String(port))
        expect(await demo.ended).toBe(1)
        expect(demo.output.trim()).toMatch(new RegExp(`^Port ${port} for .* is in use: .*choose another with .*${flag}`))
        expect(demo.output.trim()).not.toContain('\n')
      }
    }
    finally {
      server.close()
    }
  })
})
