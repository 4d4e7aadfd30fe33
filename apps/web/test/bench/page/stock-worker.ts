import { PGlite } from '@electric-sql/pglite'
import { worker } from '@electric-sql/pglite/worker'
import { fill, type Filling } from './rows'

// PGliteWorker as its documentation shows it, filled at the first start.
void worker({
  async init({ meta }) {
    const pg = await PGlite.create('opfs-ahp://stock')
    const { rows: [found] } = await pg.query<{ there: boolean }>('SELECT to_regclass(\'public.folders\') IS NOT NULL AS there')
    if (!found?.there) await fill(pg, meta as Filling)
    return pg
  },
})
