import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quickIf } from '../../../../../scripts/lib/soak-tag.mjs'
import { HEADERS_MS } from '../../../server/http/times'
import { until, within } from '../../support/wait'
import { App } from '../support/app'
import { Browser } from '../support/browser'
import { admin, makeCompany, makePerson } from '../support/people'
import { RawConnection } from '../support/raw-connection'

let sql: pg.Pool
beforeAll(() => { sql = admin() })
afterAll(() => sql.end())

/** Someone who listens while others take connections. */
async function viewer(app: App) {
  const person = await makePerson(sql, 'viewer')
  const company = await makeCompany(sql, person)
  const browser = await Browser.signedIn(app, person)
  const stream = await browser.stream([(await browser.follow('folders', company)).entry])
  let heard = 0
  const hear = async (what: string) => {
    const word = `${what} ${++heard}`
    await sql.query('update folders set name = $1 where company_id = $2', [word, company])
    await stream.batch(word, ({ body }) => JSON.stringify(body).includes(word))
  }
  await hear('before')
  return { browser, stream, hear }
}

/** Connections that ask nothing. One network address has too few ports for the great number. */
async function idle(app: App, count: number): Promise<RawConnection[]> {
  const wires: RawConnection[] = []
  for (let n = 0; n < count; n += 500) {
    const some = Array.from({ length: Math.min(500, count - n) }, () => new RawConnection(app.origin, process.platform === 'linux' ? `127.0.0.${2 + Math.floor(n / 5_000)}` : undefined))
    wires.push(...some)
    await Promise.all(some.map(({ socket }) => new Promise(resolve => socket.once('connect', resolve).once('close', resolve))))
  }
  return wires
}

/**
 * Does something while so many ask nothing. They are given up after ten seconds: a machine that was too busy to do it
 * meanwhile does it again.
 */
async function beside(app: App, count: number, work: () => Promise<number>): Promise<{ took: number, wires: RawConnection[] }> {
  for (let n = 0; n < 3; n++) {
    const wires = await idle(app, count)
    const took = await work()
    if (wires.every(wire => wire.openFor === undefined)) return { took, wires }
    for (const wire of wires) wire.leave()
  }
  throw new Error(`${count} connections were not open at one time`)
}

for (const count of [1_000, 10_000]) test(`with ${count} connections that ask nothing, a viewer is answered and hears of changes`, { ...quickIf(count === 1_000), timeout: 120_000 }, async () => {
  const app = await App.start()
  const { browser, stream, hear } = await viewer(app)
  const { took, wires } = await beside(app, count, async () => {
    await hear(`beside ${count}`)
    const began = performance.now()
    for (let n = 0; n < 5; n++) expect((await browser.ask('/api/auth/session')).status).toBe(200)
    return (performance.now() - began) / 5
  })
  expect(took).toBeLessThan(1_000)
  for (const wire of wires) wire.leave()
  stream.leave()
  await app.stop()
})

test('beyond MAX_CONNECTIONS new ones are closed at once, those that are there go on, and room comes by itself', { timeout: 60_000 }, async () => {
  const app = await App.start({ MAX_CONNECTIONS: '200' })
  const { browser, stream, hear } = await viewer(app)
  const wires = await idle(app, 250)
  await until('what is too many is closed', () => wires.filter(wire => wire.openFor !== undefined).length >= 50)
  const late = new RawConnection(app.origin)
  await within(late.closed(), 2_000, 'one more is closed')
  await hear('full')
  await until('the log says it', () => app.output.includes('connections were refused'))
  // Those that ask nothing are given up; nobody has to do anything.
  const answer = await until('there is room', () => browser.ask('/api/auth/session').catch(() => undefined), { deadline: HEADERS_MS + 15_000, every: 500 })
  expect(answer.status).toBe(200)
  for (const wire of wires) wire.leave()
  stream.leave()
  await app.stop()
})
