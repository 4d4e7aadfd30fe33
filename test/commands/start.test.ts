import { readFileSync } from 'node:fs'
import { afterAll, afterEach, expect, it } from 'vitest'
import { dataFolder, ROOT, Running, runCommand } from './support/command'
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

const doctor = (args: string[], env = {}) => runCommand(['--import', 'tsx', 'scripts/doctor.ts', ...args], env)
/** What a newer release of anything, or another port, changes in the lines. */
const withoutVersions = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+|\b\d+(?:\.\d+)+\b|\b\d{4}_\w+/g, '…').trim()
const documented = () => /## Doctor[\s\S]*?```\n([\s\S]*?)```/.exec(readFileSync(`${ROOT}/docs/operations.md`, 'utf8'))?.[1] ?? ''

it('pnpm start runs on an embedded stack of its own, shows no demo accounts, and leaves nothing running', async () => {
  const app = start(['scripts/start.mjs', '--port', '0', '--pg-port', '0', '--electric-port', '0', '--data', folder])
  const url = await app.until(/The app is on (http:\S+)\. /)
  expect(await (await fetch(`${url}/api/ready`)).json()).toMatchObject({ status: 'ok', sync: 'up' })
  expect(await (await fetch(`${url}/api/config`)).json()).not.toHaveProperty('demoAccounts')
  const family = familyOf(app.pid)
  expect(family.every(({ command }) => !/--secret|ELECTRIC/.test(command)), 'no secret in the process list').toBe(true)
  const well = await doctor(['--data', folder])
  expect([well.code, withoutVersions(well.output)], 'as the operator\'s document shows it').toEqual([0, withoutVersions(documented())])
  app.child.kill('SIGTERM')
  expect(await app.ended).toBe(0)
  await untilGone(family)
  const stopped = await doctor(['--data', folder])
  expect([stopped.code, stopped.output.replaceAll(/127\.0\.0\.1:\d+/g, 'HERE')]).toEqual([1, [
    'failed   PostgreSQL  PostgreSQL cannot be reached at HERE/electric: start it, or correct DATABASE_URL.',
    'failed   Electric    Electric cannot be reached at HERE: start it, or correct ELECTRIC_URL.',
    '0 ok, 0 warnings, 2 failed', ''].join('\n')])
})

it('pnpm start runs on a PostgreSQL and an Electric of one\'s own', async () => {
  const stack = start(['--import', 'tsx', 'apps/embedded/main.ts', '--port', '0', '--pg-port', '0', '--data', `${folder}/own`, '--json'], { ELECTRIC_SECRET: 'a-secret-of-ones-own' })
  const { url: electric, appUrl, ownerUrl } = JSON.parse(await stack.until(/^(\{.*\})$/m)) as { url: string, appUrl: string, ownerUrl: string }
  const env = { DATABASE_URL: appUrl, DATABASE_MIGRATION_URL: ownerUrl, ELECTRIC_URL: electric, ELECTRIC_API_KEY: 'a-secret-of-ones-own' }
  const app = start(['scripts/start.mjs', '--port', '0', '--data', `${folder}/app`], env)
  const url = await app.until(/The app is on (http:\S+)\. /)
  expect(await (await fetch(`${url}/api/ready`)).json()).toMatchObject({ status: 'ok', sync: 'up' })
  expect(familyOf(app.pid).filter(({ command }) => /postgres/.test(command) && !/start\.mjs/.test(command)), 'no second PostgreSQL').toEqual([])

  const seeded = await runCommand(['--import', 'tsx', 'scripts/seed-demo.ts'], env)
  expect(seeded).toMatchObject({ code: 0, output: expect.stringMatching(/^Made 2 companies/) })
})
