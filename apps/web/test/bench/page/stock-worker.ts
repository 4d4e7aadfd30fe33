import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { worker } from '@electric-sql/pglite/worker'
import { fill, type Filling } from './rows'

// PGliteWorker as its documentation shows it, filled at the first start.
void worker({
  async init({ meta }) {
    const filling = meta as Filling
    const pg = await PGlite.create('opfs-ahp://stock', filling.withTrigrams ? { extensions: { pg_trgm } } : {})
    const { rows: [found] } = await pg.query<{ there: boolean }>('SELECT to_regclass(\'public.folders\') IS NOT NULL AS there')
    if (!found?.there) await fill(pg, filling)
    if (filling.withTrigrams) await pg.exec('CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE INDEX ON folders USING gin (name gin_trgm_ops); ANALYZE folders')
    return pg
  },
})
