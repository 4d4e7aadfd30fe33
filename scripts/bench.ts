// `pnpm bench [name …]`: what the product's speed is, each figure beside a baseline of the same run.
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ENTRIES } from '../apps/web/test/bench/entries'
import { figure, type Figure } from '../apps/web/test/bench/figure'
import { World } from '../apps/web/test/bench/world'
import { Refusal } from './lib/command.mjs'
import { SERVER_ENTRY } from './lib/paths.mjs'

const USAGE = 'Usage: pnpm bench [name …] [--json] [--times 5] [--tree FILE.tsv.gz] [--folders N].'

interface Wanted { names: string[], json: boolean, times: number, tree?: string, folders?: number }

function wanted(argv: string[]): Wanted {
  const { values, positionals } = parsed(argv)
  const unknown = positionals.find(name => !(name in ENTRIES))
  if (unknown !== undefined) throw new Refusal(`There is no bench "${unknown}": pnpm bench takes ${Object.keys(ENTRIES).join(', ')}.`)
  const whole = (name: 'times' | 'folders', most: number) => {
    const text = values[name]
    if (text === undefined) return undefined
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < 1 || number > most) throw new Refusal(`--${name} takes a whole number from 1 to ${most}, not "${text}".`)
    return number
  }
  const [times, folders] = [whole('times', 100), whole('folders', 1_000_000)]
  if (values.tree !== undefined && !existsSync(values.tree)) throw new Refusal(`There is no file ${values.tree}: --tree takes lines of "workspace TAB folder/path", gzipped or not.`)
  if (!existsSync(SERVER_ENTRY)) throw new Refusal('There is no build to measure: run `node scripts/build.mjs` first.')
  return { names: positionals.length > 0 ? positionals : Object.keys(ENTRIES), json: values.json, times: times ?? 5, tree: values.tree, folders }
}

function parsed(argv: string[]) {
  try {
    return parseArgs({
      args: argv, allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, times: { type: 'string' }, tree: { type: 'string' }, folders: { type: 'string' } },
    })
  }
  catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}. ${USAGE}`)
  }
}

const words = ({ name, value, unit, baseline, ratio, goal, met }: Figure) => [
  `${name}: ${value} ${unit}`, baseline === null ? '' : `, baseline ${baseline}`, ratio === null ? '' : `, ratio ${ratio}`,
  goal === null ? '' : `, goal ${goal}: ${met ? 'met' : 'NOT MET'}`,
].join('')

async function main(): Promise<void> {
  const { names, json, ...options } = wanted(process.argv.slice(2))
  const say = (line: string) => console.error(line)
  const world = await World.open({ ...options, say })
  try {
    for (const name of names) {
      say(`${name} …`)
      for (const measured of await ENTRIES[name]?.(world) ?? []) {
        const line = figure(measured)
        console.log(json ? JSON.stringify(line) : words(line))
      }
    }
  }
  finally {
    await world.close()
  }
}

try {
  await main()
}
catch (error) {
  console.error(error instanceof Refusal ? error.message : error)
  process.exitCode = 1
}
