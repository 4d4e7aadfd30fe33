import { expect, inject, test } from 'vitest'
import { READ_SCHEMA } from '../../server/reads/views'
import { freePort } from '../support/child'
import { until } from '../support/wait'
import { App } from './support/app'
import { nobody } from './support/account'
import { makeDatabase } from './support/databases'
import { startMeasured } from './support/scrape'

test('without its database a server is alive and not ready', async () => {
  const away = new URL(inject('stack').appUrl)
  away.port = String(await freePort())
  const { app, scrape } = await startMeasured({ DATABASE_URL: away.href, DATABASE_MIGRATION_URL: '' }, { isReady: false })
  expect(await nobody(app).ask('/api/health')).toMatchObject({ status: 200, json: { status: 'ok' } })
  expect(await nobody(app).ask('/api/ready')).toMatchObject({ status: 503, json: { status: 'unavailable', database: 'away', schema: 'unknown', sync: 'up' } })
  const now = await scrape()
  expect(now.value('mvdb_dependency_up', { dependency: 'database' })).toBe(0)
  // Nought slots would be an alarm of its own.
  expect(now.value('mvdb_replication_slots')).toBeUndefined()
  await app.stop()
})

test('a database without our schema is not ready, and is again once it is there', async () => {
  const database = await makeDatabase()
  const app = await App.start({ DATABASE_URL: database.appUrl, DATABASE_MIGRATION_URL: database.ownerUrl })
  const ready = () => nobody(app).ask('/api/ready')
  expect(await ready()).toMatchObject({ status: 200, json: { status: 'ok', schema: 'there' } })
  await database.sql.query(`alter schema ${READ_SCHEMA} rename to gone`)
  await until('it is not ready', async () => (await ready()).status === 503)
  expect(await ready()).toMatchObject({ status: 503, json: { database: 'up', schema: 'missing' } })
  await database.sql.query(`alter schema gone rename to ${READ_SCHEMA}`)
  await until('it is ready', async () => (await ready()).status === 200)
  await app.stop()
  await database.drop()
})
