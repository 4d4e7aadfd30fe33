import { describe, expect, test } from 'vitest'
import { killed, lossesOf } from './kills'

describe('kills between and inside transactions on our applier: nothing of what is named happens', () => {
  test.each(killed)('$name', async (sequence) => {
    expect(await lossesOf('ours', sequence)).toEqual([])
  }, 60_000)
})
