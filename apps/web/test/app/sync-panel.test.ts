import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, describe, expect, test } from 'vitest'
import { SyncPanel } from '#components'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { DeviceStatusRow } from '#shared/protocol/storage'
import { summarize, type SyncSummary } from '~/utils/sync-summary'

const row = (shape: string, more: Partial<SyncStatusRow>): SyncStatusRow => ({
  shape_key: `company-1-${shape}`, shape, company_id: '1', state: 'live', row_count: 3, row_estimate: null, complete: true,
  last_synced_at: new Date('2026-11-01T10:00:00Z'), error_code: null, error: null,
  offline_since: null, rows_per_second: null, log_offset: '0_0', ...more,
})
const place = (shapes: SyncStatusRow[]) => ({ id: '1', name: 'Northwind', shapes, summary: summarize(shapes, { status: 'ready', error: undefined }) })
const summary = (more: Partial<SyncSummary>): SyncSummary => ({ status: 'live', progress: undefined, lastSyncedAt: undefined, offlineSince: undefined, complete: true, error: undefined, ...more })

let end = () => {}
afterEach(() => end())

async function panel(props: Partial<InstanceType<typeof SyncPanel>['$props']>) {
  const mounted = await mountSuspended(SyncPanel, { props: { open: true, summary: summary({}), places: [], ...props } })
  end = () => mounted.unmount()
  // The panel is in the page's body, beside what opened it.
  return { mounted, dialog: () => document.querySelector<HTMLElement>('[role=dialog]')! }
}
const button = (root: HTMLElement, name: RegExp) => [...root.querySelectorAll('button')].find(it => name.test(it.getAttribute('aria-label') ?? it.textContent ?? ''))

describe('the sync panel', () => {
  test('says of each shape what is here, how fresh it is, and offers a retry where one can help', async () => {
    const places = [place([
      row('workspaces', {}), row('folders', { state: 'syncing', row_count: 34_000, row_estimate: 117_572, complete: false, last_synced_at: null }),
      row('members', { state: 'offline', error_code: 'network' }), row('groups', { state: 'error', error_code: 'apply_failed' }),
    ])]
    const { mounted, dialog } = await panel({ places })
    const said = [...dialog().querySelectorAll<HTMLElement>('[data-shape]')].map(item => item.textContent?.replaceAll(/\s+/g, ' ') ?? '')
    expect(said[0]).toMatch(/Workspaces ?3 rows ?Up to date/)
    expect(said[1]).toMatch(/Folders ?34,000 rows of about 117,572 ?The rows are being fetched/)
    expect(said[2]).toMatch(/cannot be reached.*Last up to date Nov 1, 2026/)
    expect(button(dialog(), /Retry: Workspaces/)).toBeUndefined()
    button(dialog(), /Retry: Groups/)?.click()
    expect(mounted.emitted('retry')).toEqual([['company-1-groups']])
  })

  test('explains what being offline means', async () => {
    const { dialog } = await panel({ summary: summary({ status: 'offline', lastSyncedAt: new Date() }) })
    expect(dialog().textContent).toContain('stays readable and searchable')
  })

  test('a server that answers with an error is not called offline', async () => {
    const places = [place([row('members', { state: 'offline', error_code: 'sync_unavailable' })])]
    const error = { code: 'sync_unavailable', message: 'The sync service cannot be reached.', next: 'It is tried again by itself.' }
    const { dialog } = await panel({ places, summary: summary({ status: 'offline', error }) })
    expect(dialog().querySelector('[role=status]')?.textContent).toMatch(/answers with an error/)
    expect(dialog().querySelector('[data-shape]')?.textContent).toMatch(/answers with an error/)
    expect(dialog().textContent).not.toMatch(/offline/i)
  })

  test('a session that ended at the server asks for a sign-in and not for a retry', async () => {
    const { dialog } = await panel({ summary: summary({ status: 'offline', error: { code: 'sign_in', message: 'You are signed out.', next: 'Sign in again.' } }) })
    expect(dialog().querySelector('a[href="/sign-in"]')).not.toBeNull()
    expect(button(dialog(), /Retry now/)).toBeUndefined()
  })

  test('says since when the server is away, how fast rows come, and how far in the log they are', async () => {
    const { dialog } = await panel({ places: [place([
      row('folders', { state: 'syncing', rows_per_second: 41_000, complete: false, last_synced_at: null }),
      row('members', { state: 'offline', error_code: 'network', offline_since: new Date('2026-11-02T10:00:00Z'), log_offset: '42_7' }),
    ])] })
    const [folders, members] = [...dialog().querySelectorAll<HTMLElement>('[data-shape]')].map(item => item.textContent)
    expect(folders).toContain('41,000 a second')
    expect(members).toMatch(/Since Nov 2, 2026.*Last up to date Nov 1, 2026.*Offset 42_7/s)
  })

  test('a full storage is named as the reason, with what to do', async () => {
    const { dialog } = await panel({ places: [place([row('folders', { state: 'error', error_code: 'storage_full', error: 'The browser gives this site no more room on this device.' })])] })
    expect(dialog().textContent).toMatch(/no more room.*Free space/s)
  })

  test('says how much is stored, whether the browser may clear it, who leads and which versions run', async () => {
    const device: DeviceStatusRow = {
      storage: 'opfs', usage: 184_000_000, quota: 20_000_000_000, persisted: false, database_bytes: 83_000_000,
      leader: '1a2b3c4d-0000', leader_since: new Date('2026-11-01T10:00:00Z'), schema_version: '811d4c8b', database_version: 'PostgreSQL 18.6',
    }
    const { mounted, dialog } = await panel({ device })
    expect(dialog().textContent).toMatch(/184 MB.*20 GB.*83 MB.*may clear it.*1a2b3c4d.*811d4c8b, PostgreSQL 18\.6/s)
    for (const [name, event] of [[/from scratch/, 'rebuild'], [/Free space/, 'tidy'], [/Export/, 'save'], [/report/, 'report']] as const) {
      button(dialog(), name)?.click()
      expect(mounted.emitted(event)).toHaveLength(1)
    }
  })
})
