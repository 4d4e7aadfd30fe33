import { PGlite } from '@electric-sql/pglite'
import { LOCAL_SCHEMA } from '../../shared/generated/catalogue.gen'
import { readTree } from '../../../../scripts/seed/tree'
import { createSearchTables } from '../../worker/search/tables'
import { doSlice } from '../../worker/search/slices'
import { searchRead, similarRead } from '../../shared/reads/search'
import { fold, wordsOfQuestion } from '../../shared/search/text'

const company = '00000000-0000-7000-8000-c00000000001'
const pg = await PGlite.create()
await pg.transaction(async tx => {
  await tx.exec(LOCAL_SCHEMA.join(';\n'))
  await tx.exec(`CREATE TABLE sync_status (shape_key text PRIMARY KEY, shape text NOT NULL, company_id uuid, state text NOT NULL,
    row_count bigint NOT NULL DEFAULT 0, row_estimate bigint, complete boolean NOT NULL DEFAULT false,
    last_synced_at timestamptz, error_code text, error text);
  CREATE VIEW app_read.sync_status AS SELECT * FROM sync_status`)
  await createSearchTables(tx)
})
const tree = await readTree('/work/shared/data/debian-trees/doc.tsv.gz', company)
const line = (r: any, f: boolean) => f ? [r.id, r.company_id, r.workspace_id, r.parent_id ?? '\\N', r.name, '', r.position, '2026-01-01', '2026-01-01', 1].join('\t') : [r.id, r.company_id, r.name, '', r.position, '2026-01-01', '2026-01-01', 1].join('\t')
for (const mode of ['replica', 'notes', 'replica']) {
  await pg.exec('TRUNCATE folders, workspaces; TRUNCATE search_changes')
  const t = performance.now()
  for (let at = 0; at < tree.folders.length; at += 20000) await pg.transaction(async tx => {
    if (mode === 'replica') await tx.exec('SET LOCAL session_replication_role = replica')
    await tx.query(`COPY folders (id,company_id,workspace_id,parent_id,name,description,position,created_at,updated_at,row_version) FROM '/dev/blob'`, [], { blob: new Blob([tree.folders.slice(at, at + 20000).map(r => line(r, true)).join('\n'), '\n']) })
  })
  console.log('copy', mode, performance.now() - t)
}
await pg.query(`COPY workspaces (id,company_id,name,description,position,created_at,updated_at,row_version) FROM '/dev/blob'`, [], { blob: new Blob([tree.workspaces.map(r => line(r, false)).join('\n'), '\n']) })
await pg.exec(`TRUNCATE search_changes; INSERT INTO memberships VALUES ('${company}','${company}','${company}','owner','A','a@b',NULL,now(),now(),1); INSERT INTO companies VALUES ('${company}','C','c','${company}','{}',now(),now(),1,NULL,NULL)`)
await pg.exec(`INSERT INTO search_fills (shape_key, entity, company_id) VALUES ('w', 1, '${company}'), ('f', 2, '${company}')`)
let size = 200, n = 0, max = 0; const t0 = performance.now(); const times: number[] = []
for (;;) {
  const t = performance.now(); const s = await doSlice(pg, size); const took = performance.now() - t
  if (s.kind === 'none') break
  times.push(took); max = Math.max(max, took); n++
  size = Math.max(20, Math.min(2000, Math.round(size * Math.min(1.5, Math.max(0.5, 22 / took)))))
}
times.sort((a, b) => a - b)
console.log('fill', performance.now() - t0, 'slices', n, 'size', size, 'p50', times[n >> 1], 'p95', times[Math.floor(n * .95)], 'max', max)
for (const table of ['titles', 'documents', 'words', 'title_words', 'trigrams']) console.log(table, (await pg.query(`SELECT count(*)::int n, pg_total_relation_size('search_${table}')/1024 kb FROM search_${table}`)).rows[0])
async function ask(text: string) {
  const title = fold(text), words = wordsOfQuestion(title)
  const out: string[] = [text.padEnd(18)]
  for (const read of [searchRead, similarRead]) {
    const ts: number[] = []; let rows: any[] = []
    for (let i = 0; i < 5; i++) { const t = performance.now(); rows = (await pg.query(read.sql, [title, words, 8])).rows; ts.push(performance.now() - t) }
    ts.sort((a, b) => a - b)
    out.push(`${ts[2]!.toFixed(1)}/${ts[4]!.toFixed(1)}ms ${rows.length}: ${rows.filter(r => r.entity === 'folder').slice(0, 3).map(r => (r.path ?? []).join('/') + '/' + r.title).join(' | ')} `)
  }
  console.log(out.join('\n   '))
}
for (const q of ['d', 'do', 'doc', 'docu', 'usr', 'html', 'l', 'lib', 'python3', 'python foo', 'doc base', 'examples', 'exmaples', 'exampels', 'documnt', 'libreofice', 'zzzzqq', '%', '_', "o'b", 'é', 'share doc', 'linux doc 4', 'flie', 'p', 's', 'in']) await ask(q)
if (process.argv[2]) console.log((await pg.query(`EXPLAIN (ANALYZE, COSTS OFF) ${(process.argv[3] === 's' ? similarRead : searchRead).sql}`, [fold(process.argv[2]), wordsOfQuestion(fold(process.argv[2])), 8])).rows.map((r: any) => r['QUERY PLAN']).join('\n'))
await pg.close()
