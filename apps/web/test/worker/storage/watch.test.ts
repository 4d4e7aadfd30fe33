import { expect, test } from 'vitest'
import { StorageFullError, StorageWatch } from '../../../worker/storage/watch'

const watch = (usage: number | undefined, quota: number | undefined) => new StorageWatch({ look: async () => ({ usage, quota, persisted: false }), fits: async () => undefined, onLooked: () => undefined })

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
  const failing = new StorageWatch({ look: () => Promise.reject(new Error('blocked')), fits: async () => undefined, onLooked: () => undefined })
  await expect(failing.room(10_000)).resolves.toBeUndefined()
})

test('a browser that says there is room and gives none is found out, and asked again when it may give some', async () => {
  let free = 20e6
  const asked: number[] = []
  const lying = new StorageWatch({
    look: async () => ({ usage: 1e6, quota: 1e10, persisted: false }), onLooked: () => undefined,
    fits: async (bytes) => {
      asked.push(bytes)
      return bytes <= free
    },
  })
  await expect(lying.room(2_000)).rejects.toThrow(StorageFullError)
  await expect(lying.room(3)).resolves.toBeUndefined()
  free = 1e9
  await expect(lying.room(2_000)).resolves.toBeUndefined()
  // Pages come by the second: what was found a moment ago is believed.
  await expect(lying.room(2_000)).resolves.toBeUndefined()
  await expect(lying.room(3)).resolves.toBeUndefined()
  expect(asked).toEqual([48e6, 8e6, 48e6])
})
