// `pnpm bench:server`: what many live viewers cost the server and wait for, each figure beside asking Electric directly.
import { existsSync } from 'node:fs'
import { figure } from '../apps/web/test/bench/figure'
import { viewers } from '../apps/web/test/bench/server/viewers'
import { freePort } from '../apps/web/test/support/child'
import { Stack } from '../apps/web/test/support/stack'
import { benchArguments, runBench, wholeNumber } from './lib/bench-flags'
import { Refusal } from './lib/command.mjs'
import { SERVER_ENTRY } from './lib/paths.mjs'

const USAGE = 'Usage: pnpm bench:server [--viewers 10,100,1000,5000] [--companies 20] [--json].'

await runBench(async () => {
  const { values, positionals } = benchArguments(process.argv.slice(2), {
    viewers: { type: 'string', default: '10,100,1000,5000' }, companies: { type: 'string', default: '20' }, json: { type: 'boolean', default: false },
  }, USAGE)
  if (positionals.length > 0) throw new Refusal(`"${positionals[0]}" is not a flag. ${USAGE}`)
  const counts = values.viewers.split(',').map(text => wholeNumber('viewers', text, 20_000) ?? 0)
  const companies = values.companies.split(',').map(text => wholeNumber('companies', text, 1_000) ?? 0)
  if (!existsSync(SERVER_ENTRY)) throw new Refusal('There is no build to measure: run `node scripts/build.mjs` first.')
  for (const of of companies) {
    for (const count of counts) {
      // A server of its own for each: memory that one crowd left behind would count for the next.
      const metricsPort = await freePort()
      const stack = await Stack.start({ bare: true, env: { METRICS_PORT: String(metricsPort) } })
      try {
        for (const { name, value, unit, baseline, ratio, goal, met } of (await viewers(stack, metricsPort, count, of)).map(figure)) {
          console.log(values.json
            ? JSON.stringify({ name, value, unit, baseline, ratio, goal, met })
            : `${name}: ${value} ${unit}${baseline === null ? '' : `, directly ${baseline}`}${ratio === null ? '' : `, ratio ${ratio}`}${goal === null ? '' : `, goal ${goal}: ${met ? 'met' : 'NOT MET'}`}`)
        }
      }
      finally {
        await stack.stop()
      }
    }
  }
})
