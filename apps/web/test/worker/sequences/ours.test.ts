import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { newPGlite } from '../../support/new-pglite'
import { Bench } from './bench'
import { sequences } from './sequences'

describe('message sequences on our applier: nothing of what is named happens', () => {
  let pg: PGlite
  beforeAll(async () => {
    pg = await newPGlite()
  })
  afterAll(() => pg.close())

  test.each(sequences)('$name', async ({ run }) => {
    const bench = await Bench.open(pg, 'ours')
    try {
      await run(bench)
    }
    finally {
      bench.close()
    }
  })
})
