// `pnpm bench:scaling`: how the figures grow with the number of folders, as a drawing in docs/.
import { existsSync, writeFileSync } from 'node:fs'
import { ENTRIES } from '../apps/web/test/bench/entries'
import { drawScaling, type Line } from '../apps/web/test/bench/drawing'
import { figure } from '../apps/web/test/bench/figure'
import { World } from '../apps/web/test/bench/world'
import { benchArguments, fewRounds, runBench, wholeNumber } from './lib/bench-flags'
import { Refusal } from './lib/command.mjs'
import { ROOT, SERVER_ENTRY } from './lib/paths.mjs'

const USAGE = 'Usage: pnpm bench:scaling [--sizes 1000,10000,100000,300000] [--times 5] [--out docs/scaling.svg].'
/** All that could grow; docs/performance.md says why the others cannot. */
const DRAWN = [
  'first-rows', 'first-sync', 'complete-copy', 'memory', 'warm-start', 'tab-query', 'live-queries', 'commit-painted',
  'search-fill', 'search', 'tree-scroll', 'import',
]
/** A figure whose name says of how many folders it is: one line in the drawing all the same. */
const withoutNumber = (name: string) => name.replace(/^tree of [\d,]+ folders/, 'tree of one level')

await runBench(async () => {
  const { values, positionals } = benchArguments(process.argv.slice(2), {
    sizes: { type: 'string', default: '1000,10000,100000,300000' }, times: { type: 'string' }, out: { type: 'string', default: `${ROOT}/docs/scaling.svg` },
  }, USAGE)
  if (positionals.length > 0) throw new Refusal(`"${positionals[0]}" is not a flag. ${USAGE}`)
  const sizes = values.sizes.split(',').map(text => wholeNumber('sizes', text, 1_000_000) ?? 0)
  const times = wholeNumber('times', values.times, 100) ?? 5
  if (!existsSync(SERVER_ENTRY)) throw new Refusal('There is no build to measure: run `node scripts/build.mjs` first.')
  const lines = new Map<string, Line>()
  for (const folders of sizes) {
    const world = await World.open({ folders, times, say: line => console.error(line) })
    try {
      for (const name of DRAWN) {
        for (const { name: full, unit, value, baseline } of (await ENTRIES[name]?.(world) ?? []).map(figure)) {
          const title = withoutNumber(full)
          const line = lines.get(title) ?? { title, unit, points: [] }
          lines.set(title, line)
          line.points.push({ folders, value, baseline })
          console.log(JSON.stringify({ folders, name: title, value, unit, baseline }))
        }
      }
    }
    finally {
      await world.close()
    }
  }
  writeFileSync(values.out, drawScaling([...lines.values()], fewRounds(times)))
  console.error(`Drawn: ${values.out} ${fewRounds(times)}`)
})
