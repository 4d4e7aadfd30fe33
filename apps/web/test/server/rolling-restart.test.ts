import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { makeCrowd } from '../bench/server/crowd'
import { Balancer } from '../support/balancer'
import { freePort } from '../support/child'
import { LightViewer } from '../support/light-viewer'
import { until } from '../support/wait'
import { App, SESSION_PASSWORD } from './support/app'
import { admin } from './support/people'

const VIEWERS = 200
const COMPANIES = 4
const WRITE_EVERY_MS = 50
const PROBE_EVERY_MS = 50

let sql: pg.Pool
let balancer: Balancer
const replicas: { env: Record<string, string>, app: App }[] = []

beforeAll(async () => {
  sql = admin()
  balancer = await Balancer.start()
  for (let n = 0; n < 2; n++) {
    const env = { PORT: String(await freePort()), PUBLIC_URL: balancer.origin, LIVE_RECHECK_SECONDS: '10', LIVE_HOLD_SECONDS: '20' }
    replicas.push({ env, app: await App.start(env) })
  }
  balancer.replicas = replicas.map(({ env }) => `http://127.0.0.1:${env.PORT}`)
})
afterAll(async () => {
  for (const { app } of replicas) await app.stop()
  await balancer.stop()
  await sql.end()
})

/** Writes twenty times a second, anything to any company, until it is told to stop. Out: how often. */
async function writeOn(companies: readonly { company: string }[], isOver: () => boolean): Promise<number> {
  let written = 0
  for (; !isOver(); written++) {
    const next = wait(WRITE_EVERY_MS)
    const { company } = companies[written % companies.length] as { company: string }
    const one = `(select id from folders where company_id = $1 and deleted_at is null order by random() limit 1)`
    switch (written % 5) {
      case 0: await sql.query(`insert into folders (id, company_id, workspace_id, name, position) select $2::uuid, $1::uuid, id, 'New ' || $2::text, 'z' from workspaces where company_id = $1::uuid limit 1`, [company, randomUUID()]); break
      case 1: await sql.query(`update folders set deleted_at = now(), deletion_id = gen_random_uuid() where id = ${one}`, [company]); break
      default: await sql.query(`update folders set name = $2 where id = ${one}`, [company, `Changed ${written}`])
    }
    await next
  }
  return written
}

/** Asks for the page of the app and for a shape, all the time. Out: for how long, at most, nothing but 5xx came, in ms. */
async function longestOutage(viewer: { cookie: string, userId: string }, isOver: () => boolean): Promise<number> {
  let [longest, since] = [0, undefined as number | undefined]
  while (!isOver()) {
    const next = wait(PROBE_EVERY_MS)
    const statuses = await Promise.all(['/api/config', '/api/shapes/user?offset=-1'].map(path => statusOf(path, viewer)))
    if (statuses.some(status => status >= 500)) since ??= performance.now()
    else since = undefined
    if (since !== undefined) longest = Math.max(longest, performance.now() - since)
    await next
  }
  return longest
}

const statusOf = (path: string, { cookie, userId }: { cookie: string, userId: string }) => new Promise<number>((resolve) => {
  http.get(new URL(path, balancer.origin), { agent: false, headers: { cookie, 'x-database-user': userId } }, (answer) => {
    answer.resume()
    resolve(answer.statusCode ?? 0)
  }).on('error', () => resolve(599))
})

test('a rolling restart of two replicas under 200 live viewers and 20 writes a second: nobody misses or doubles a row', { tags: [SOAK], timeout: 120_000 }, async () => {
  const crowd = await makeCrowd(sql, VIEWERS, COMPANIES, SESSION_PASSWORD)
  const viewers = crowd.flatMap(({ company, members }) => members.map(member => ({
    company, viewer: new LightViewer({ origin: balancer.origin, ...member, company, shapes: ['user', 'memberships', 'workspaces', 'folders'] }),
  })))
  const running = viewers.map(({ viewer }) => viewer.follow())
  await until('everybody is live', () => viewers.every(({ viewer }) => viewer.isLive), { deadline: 60_000 })

  let isOver = false
  const writing = writeOn(crowd, () => isOver)
  const outage = longestOutage(crowd[0]?.members[0] ?? { cookie: '', userId: '' }, () => isOver)
  for (const replica of replicas) {
    await replica.app.stop()
    await wait(500)
    replica.app = await App.start(replica.env)
  }
  await wait(1_000)
  isOver = true
  const written = await writing
  expect(written).toBeGreaterThan(50)

  for (const { company } of crowd) {
    const { rows } = await sql.query<{ id: string, name: string, row_version: string }>('select id, name, row_version::text from folders where company_id = $1 and deleted_at is null order by id', [company])
    const expected = JSON.stringify(rows.map(({ id, name, row_version }) => [id, name, row_version]))
    const held = (viewer: LightViewer) => JSON.stringify([...viewer.rows.get('folders')?.values() ?? []].map(row => [row.id, row.name, row.row_version]).toSorted(([a], [b]) => a! < b! ? -1 : 1))
    for (const one of viewers.filter(each => each.company === company)) await until('a viewer holds what the server holds', () => held(one.viewer) === expected)
  }
  expect(viewers.flatMap(({ viewer }) => viewer.wrong)).toEqual([])
  expect(viewers.map(({ viewer }) => viewer.ended).filter(Boolean)).toEqual([])
  // Both were restarted, so nobody has the stream of the beginning any more.
  expect(Math.min(...viewers.map(({ viewer }) => viewer.streams))).toBeGreaterThan(1)
  expect(await outage).toBeLessThan(1_000)
  for (const { viewer } of viewers) viewer.leave()
  await Promise.all(running)
})
