import { describe, expect, test } from 'vitest'
import { quickIf } from '../../../../../scripts/lib/soak-tag.mjs'
import { killed, lossesOf } from './kills'

describe('kills between and inside transactions on our applier: nothing of what is named happens', () => {
  for (const [at, sequence] of killed.entries()) test(sequence.name, { timeout: 60_000, ...quickIf(at === 0) }, async () => {
    expect(await lossesOf('ours', sequence)).toEqual([])
  })
})
