import { afterAll, afterEach, expect, it } from 'vitest'
import { dataFolder, Running, runCommand } from './support/command'
import { familyOf, untilGone } from './support/processes'

const { folder, remove } = dataFolder()
const running: Running[] = []
const start = (args: string[], env = {}) => {
  const command = new Running(args, env)
  running.push(command)
  return command
}
const stop = async () => {
  for (const command of running.splice(0).toReversed()) {
    command.child.kill('SIGTERM')
    await command.ended
  }
}
afterEach(stop)
afterAll(async () => {
  await stop()
  remove()
})

it('pnpm start runs on an embedded stack of its own, shows no demo accounts, and leaves nothing running', async () => {
  const app = start(['scripts/start.mjs', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', folder])
  const url = await app.until(/The app is on (http:\S+)\. /)
  expect(await (await fetch(`${url}/api/ready`)).json()).toMatchObject({ status: 'ok', sync: 'up' })
  expect(await (await fetch(`${url}/api/config`)).json()).not.toHaveProperty('demoAccounts')
  const family = familyOf(app.pid)
  expect(family.every(({ command }) => !/--secret|ELECTRIC/.test(command)), 'no secret in the process list').toBe(true)
  app.child.kill('SIGTERM')
  expect(await app.ended).toBe(0)
  await untilGone(family)
})

it('pnpm start runs on a PostgreSQL and an Electric of one\'s own', async () => {
  const stack = start(['--import', 'tsx', 'apps/embedded/main.ts', '--port', '0', '--pg-port', '0', '--data', `${folder}/own`, '--json'], { ELECTRIC_SECRET: 'own-secret' })
  const { url: electric, appUrl, ownerUrl } = JSON.parse(await stack.until(/^(\{.*\})$/m)) as { url: string, appUrl: string, ownerUrl: string }
  const env = { DATABASE_URL: appUrl, DATABASE_MIGRATION_URL: ownerUrl, ELECTRIC_URL: electric, ELECTRIC_API_KEY: 'own-secret' }
  const app = start(['scripts/start.mjs', '--port', '0', '--data', `${folder}/app`], env)
  const url = await app.until(/The app is on (http:\S+)\. /)
  expect(await (await fetch(`${url}/api/ready`)).json()).toMatchObject({ status: 'ok', sync: 'up' })
  expect(familyOf(app.pid).filter(({ command }) => /postgres/.test(command) && !/start\.mjs/.test(command)), 'no second PostgreSQL').toEqual([])

  const seeded = await runCommand(['--import', 'tsx', 'scripts/seed-demo.ts'], env)
  expect(seeded).toMatchObject({ code: 0, output: expect.stringMatching(/^Made 2 companies/) })
})
