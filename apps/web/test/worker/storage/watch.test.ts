import { expect, test } from 'vitest'
import { StorageFullError, StorageWatch } from '../../../worker/storage/watch'

const watch = (usage: number | undefined, quota: number | undefined) => new StorageWatch({ look: async () => ({ usage, quota, persisted: false }), onLooked: () => undefined })

test.each([
  ['a page of a first sync has room', 1e9, 2e9, 2_000, true],
  ['a page has none where its heap, indexes and log might not fit', 1e9, 1.04e9, 2_000, false],
  ['a change of some rows has room where a page has none', 1e9, 1.04e9, 3, true],
  ['a change has none at the very end', 1e9, 1.005e9, 3, false],
  ['a browser that does not say is trusted', undefined, undefined, 2_000, true],
] as const)('%s', async (_, usage, quota, rows, has) => {
  const room = watch(usage, quota).room(rows)
  if (has) await expect(room).resolves.toBeUndefined()
  else await expect(room).rejects.toThrow(StorageFullError)
})

test('an estimate that cannot be had stops nothing', async () => {
  const failing = new StorageWatch({ look: () => Promise.reject(new Error('blocked')), onLooked: () => undefined })
  await expect(failing.room(10_000)).resolves.toBeUndefined()
})
