// `pnpm bench [name …]`: what the product's speed is, each figure beside a baseline of the same run.
import { existsSync } from 'node:fs'
import { ENTRIES } from '../apps/web/test/bench/entries'
import { figure, type Figure } from '../apps/web/test/bench/figure'
import { World } from '../apps/web/test/bench/world'
import { benchArguments, fewRounds, runBench, wholeNumber } from './lib/bench-flags'
import { Refusal } from './lib/command.mjs'
import { SERVER_ENTRY } from './lib/paths.mjs'

const USAGE = 'Usage: pnpm bench [name …] [--json] [--times 5] [--tree FILE.tsv.gz] [--folders N].'

function wanted(argv: string[]) {
  const { values, positionals } = benchArguments(argv, {
    json: { type: 'boolean', default: false }, times: { type: 'string' }, tree: { type: 'string' }, folders: { type: 'string' },
  }, USAGE)
  const unknown = positionals.find(name => !Object.hasOwn(ENTRIES, name))
  if (unknown !== undefined) throw new Refusal(`There is no bench "${unknown}": pnpm bench takes ${Object.keys(ENTRIES).join(', ')}.`)
  const [times, folders] = [wholeNumber('times', values.times, 100), wholeNumber('folders', values.folders, 1_000_000)]
  if (values.tree !== undefined && !existsSync(values.tree)) throw new Refusal(`There is no file ${values.tree}: --tree takes lines of "workspace TAB folder/path", gzipped or not.`)
  if (!existsSync(SERVER_ENTRY)) throw new Refusal('There is no build to measure: run `node scripts/build.mjs` first.')
  return { names: positionals.length > 0 ? positionals : Object.keys(ENTRIES), json: values.json, times: times ?? 5, tree: values.tree, folders }
}

const words = ({ name, value, unit, baseline, ratio, goal, met }: Figure) => [
  `${name}: ${value} ${unit}`, baseline === null ? '' : `, baseline ${baseline}`, ratio === null ? '' : `, ratio ${ratio}`,
  goal === null ? '' : `, goal ${goal}: ${met ? 'met' : 'NOT MET'}`,
].join('')

await runBench(async () => {
  const { names, json, ...options } = wanted(process.argv.slice(2))
  const say = (line: string) => console.error(line)
  const world = await World.open({ ...options, say })
  try {
    for (const name of names) {
      say(`${name} …`)
      const began = performance.now()
      // One that cannot be measured does not take the others with it.
      const all = await ENTRIES[name]?.(world).catch((error: unknown) => {
        console.error(`${name} could not be measured:`, error)
        process.exitCode = 1
      })
      for (const line of (all ?? []).map(figure)) console.log(json ? JSON.stringify(line) : words(line))
      say(`${name} took ${Math.round((performance.now() - began) / 1000)} s`)
    }
  }
  finally {
    await world.close()
    // After the figures, where it is seen. Never among them: with --json nothing but figures stands on the output.
    const few = fewRounds(options.times)
    if (few) say(few)
  }
})
