import { describe, expect, test } from 'vitest'
import type { SyncStatusRow } from '#shared/protocol/leader'
import type { CompanyStorageRow, DeviceStatusRow } from '#shared/protocol/storage'
import { storageWarning } from '~/utils/storage-warning'
import { syncReport } from '~/utils/sync-report'

const device = (more: Partial<DeviceStatusRow>): DeviceStatusRow => ({
  storage: 'opfs', usage: 10, quota: 100, persisted: false, database_bytes: 1, leader: 'aaaaaaaa-1', leader_since: new Date(0), schema_version: 's', database_version: 'd', ...more,
})
const company = (id: string, more: Partial<CompanyStorageRow> = {}): CompanyStorageRow => ({ id, name: id, kept: true, used_at: null, row_count: 5, ...more })

describe('what is said of the storage', () => {
  test.each([
    ['nothing below four fifths', device({ usage: 79 }), undefined],
    ['that it runs full from four fifths on', device({ usage: 80 }), { kind: 'nearly_full', percent: 80 }],
    ['that it is full, and never that it is fuller than it is', device({ usage: 95.9 }), { kind: 'full', percent: 95 }],
    ['nothing where the browser does not say', device({ usage: null, quota: null }), undefined],
    ['that nothing is stored, however much room there is', device({ storage: 'memory', usage: null }), { kind: 'memory' }],
  ])('%s', (_, row, said) => {
    const found = storageWarning(row, [], undefined)
    if (said) expect(found).toMatchObject(said)
    else expect(found).toBeUndefined()
  })

  test('the company that was longest not used is offered, and neither the one on the screen nor one that is not here', () => {
    const companies = [company('on screen'), company('sent away', { kept: false }), company('empty', { row_count: 0 }), company('long ago'), company('today')]
    expect(storageWarning(device({ usage: 96 }), companies, 'on screen')).toMatchObject({ offer: { id: 'long ago' } })
  })
})

test('something that found no room is said whatever the browser claims, and a company is offered', () => {
  expect(storageWarning(device({ usage: 1 }), [company('long ago')], undefined, true)).toEqual({ kind: 'full', percent: undefined, offer: company('long ago') })
  expect(storageWarning(device({ usage: 97 }), [], undefined, true)).toMatchObject({ kind: 'full', percent: 97 })
})

test('a report names no company, no row and no sentence of the database', () => {
  const shape: SyncStatusRow = {
    shape_key: 'company-5eed0000-0000-7000-8000-000000000001-folders', shape: 'folders', company_id: '5eed0000-0000-7000-8000-000000000001', state: 'error',
    row_count: 7, row_estimate: 9, complete: false, last_synced_at: null, error_code: 'apply_failed', error: 'Key (name)=(Secret plan) already exists',
    offline_since: null, rows_per_second: null, log_offset: '12_3',
  }
  const text = syncReport({ shapes: [shape], device: device({}), browser: 'Firefox on Linux', now: new Date(0) })
  expect(text).toContain('company 1 folders: error (apply_failed), 7 rows of about 9, synced never, at 12_3')
  expect(text).not.toMatch(/Secret|5eed/)
})
