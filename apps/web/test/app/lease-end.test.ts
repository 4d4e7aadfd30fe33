import { useCompaniesSync, useFoundationSync, useLeadsSync, useLiveRows, useNuxtApp } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import type { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { LeaseFace } from '#components'
import type { LeaseRecord } from '#shared/lease/lease'
import { topFoldersRead } from '#shared/reads/folders'
import { progressWords } from '~/utils/progress-words'
import { summarize } from '~/utils/sync-summary'
import { LeaderChannel } from '../../worker/channel/channel'
import { Lease } from '../../worker/lease/lease'
import { LiveReads } from '../../worker/reads/live-reads'
import { PreparedReads } from '../../worker/reads/prepared-reads'
import { toolQuery } from '../../worker/reads/tool-query'
import { sees } from './support/here'
import { emptyDatabase, id, ME, rows } from './support/local-database'

/** Both real ends of the conversation with a lease between them, as the leader puts it there. */
const DAY = 86_400_000
let pg: PGlite
let clock: number
let lease: Lease
let scope: EffectScope
let leader: { channel: LeaderChannel, reads: LiveReads }
const asked: string[] = []

beforeEach(async () => {
  pg = await emptyDatabase()
  await pg.exec([rows.user(), rows.company(10, 'Acme'), rows.workspace(50, 10, 'Docs'), rows.folder(60, 10, 50, null, 'Letters'), rows.lead(70, 10, 'Grace'), rows.shape('memberships', 'live')].join(';'))
  clock = Date.now()
  scope = effectScope(true)
  asked.length = 0
})
afterEach(async () => {
  scope.stop()
  useNuxtApp().$pglite.stop()
  leader.channel.close()
  leader.reads.close()
  await lease.stop()
})

/** Somebody is here. @param noted of the lease on this device */
async function lead(noted?: LeaseRecord) {
  const client = useNuxtApp().$pglite.start({ userId: ME, databaseName: `lease-${crypto.randomUUID()}`, startWorker: () => () => {} })
  lease = await Lease.open({ load: () => Promise.resolve(noted), save: () => Promise.resolve(), now: () => clock })
  const shown = lease.guard(pg)
  const prepared = new PreparedReads(shown)
  const reads = new LiveReads(shown, () => Promise.resolve(true), (read, params) => prepared.run(read, params))
  lease.follow(() => reads.allChanged())
  leader = {
    reads,
    channel: new LeaderChannel({ database: client.database, reads, isEnding: () => false, answer: (question) => {
      asked.push(question.kind)
      return question.kind === 'query' ? toolQuery(shown, question.sql, question.params) : Promise.resolve([])
    } }),
  }
  return client
}
const use = <T>(composable: () => T): T => {
  const nuxt = useNuxtApp()
  return scope.run(() => nuxt.runWithContext(composable) as T)!
}

test('when the lease of a running leader ends, what is on the screen goes and says why, and comes again when the server is heard', async () => {
  const client = await lead()
  const { companies, loaded } = use(useCompaniesSync)
  const whole = use(useFoundationSync)
  const { leads } = use(() => useLeadsSync(id(10)))
  const folders = use(() => useLiveRows(topFoldersRead, { workspace: id(50) }))
  await sees(() => expect([companies.value.length, folders.rows.value.length, leads.value.length, whole.status.value]).toEqual([1, 1, 1, 'live']))
  clock += 30 * DAY + 1
  lease.look()
  await sees(() => expect([companies.value.length, folders.rows.value.length, leads.value.length]).toEqual([0, 0, 0]))
  expect([loaded.value, folders.loaded.value, folders.error.value?.code]).toEqual([false, false, 'lease_expired'])
  await sees(() => expect(whole.error.value?.code).toBe('lease_expired'))
  expect(whole.complete.value).toBe(false)
  // Who looks at the same list from now on is not given what is in this page's memory of it.
  const late = use(() => useLiveRows(topFoldersRead, { workspace: id(50) }))
  await sees(() => expect(late.error.value?.code).toBe('lease_expired'))
  expect(late.rows.value).toEqual([])
  await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: 'lease_expired' })

  await whole.retry()
  expect(asked).toContain('retry')
  lease.heard(30)
  await sees(() => expect([companies.value.length, folders.rows.value.length, late.rows.value.length, leads.value.length, whole.status.value]).toEqual([1, 1, 1, 1, 'live']))
  expect(whole.error.value).toBeUndefined()
  await expect(client.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }])
})

test.each([
  ['expired', (now: number) => ({ contact: now - 31 * DAY, seen: now - DAY, days: 30 }), /too long/, /connect to the server once/i],
  ['clock', (now: number) => ({ contact: now, seen: now + 2 * DAY, days: 30 }), /clock .* set back/, /set the clock right/],
] as const)('a leader that begins after the end (%s) shows nothing: the page says what happened and what to do', async (end, noted, message, next) => {
  const client = await lead(noted(clock))
  const { companies, loaded } = use(useCompaniesSync)
  const whole = use(useFoundationSync)
  await sees(() => expect(whole.error.value?.code).toBe(`lease_${end}`))
  expect([companies.value.length, loaded.value]).toEqual([0, false])
  const summary = summarize([], { status: client.status.value, error: client.error.value })
  expect(progressWords(summary)).toMatch(/locked until the server/i)
  const face = await mountSuspended(LeaseFace, { props: { error: whole.error.value! } })
  expect(face.text()).toMatch(message)
  expect(face.text()).toMatch(next)
  await face.find('button').trigger('click')
  expect(face.emitted('retry')).toHaveLength(1)
})
