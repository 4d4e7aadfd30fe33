// A program of its own that takes leads, as a script of a company does: its arguments say what it does, its output what came of it.
//   node --import tsx take-leads.mjs <folder> <origin> <tenant> <step>…
import { spawnSync } from 'node:child_process'
import { getPGlite, syncPendingLeads } from '../../../../form/offline-leads.ts'

const [folder, origin, tenant, ...steps] = process.argv.slice(2)
const pg = await getPGlite(tenant, { folder })
const again = await getPGlite(tenant, { folder })
if (again !== pg) throw new Error('one tenant, two databases')
const sync = (more = {}) => syncPendingLeads(pg, tenant, { origin, ...more })

const STEPS = {
  async take(...names) {
    for (const name of names) await pg.query('insert into offline_leads (name, email, message) values ($1, $2, $3)', [name, `${name}@example.com`, `Please call ${name} about the offer.`])
  },
  /** As a row of another tenant. */
  'take-for': (other, name) => pg.query('insert into offline_leads (tenant_id, name, email, message) values ($1, $2, \'a@example.com\', \'Please call me.\')', [other, name]).then(() => {}, error => ({ error: String(error) })),
  async correct(before, after) {
    await pg.query('update offline_leads set name = $2 where name = $1', [before, after])
  },
  sync: () => sync(),
  /** The one that comes second does nothing. */
  'sync-twice': async () => (await Promise.all([sync(), sync()])).toSorted((one, other) => other.stored - one.stored)[0],
  async rows() {
    return { rows: (await pg.query('select name, synced, state, version, answer ->> \'code\' as code from offline_leads order by seq')).rows }
  },
  /** Answered, and killed before what the server has is off the disk. */
  'sync-and-die': () => sync({ fetch: async (...asked) => {
    const response = await fetch(...asked)
    await response.clone().text()
    process.kill(process.pid, 'SIGKILL')
    return response
  } }),
  'second-program': () => ({ error: spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), process.argv[1], folder, origin, tenant, 'rows'], { encoding: 'utf8' }).stderr }),
  die: () => process.kill(process.pid, 'SIGKILL'),
  close: () => pg.close(),
}
for (const step of steps) {
  const [name, ...given] = step.split(':')
  const outcome = await STEPS[name](...given)
  console.log(JSON.stringify({ step: name, ...outcome }))
}
