// `pnpm bench --json > FILE`, then `pnpm bench:table FILE`: writes the table of figures in the README.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Figure } from '../apps/web/test/bench/figure'
import { benchArguments, runBench } from './lib/bench-flags'
import { Refusal } from './lib/command.mjs'
import { ROOT } from './lib/paths.mjs'

const USAGE = 'Usage: pnpm bench:table FILE [--into README.md], FILE being what pnpm --silent bench --json printed.'
const [BEGIN, END] = ['<!-- figures: made by pnpm bench:table -->', '<!-- end of figures -->']

function figuresOf(file: string): Figure[] {
  // Without --silent pnpm writes two lines of its own before them, each after a `>`.
  return readFileSync(file, 'utf8').split('\n').flatMap((line, i): Figure[] => {
    if (line === '' || line.startsWith('> ')) return []
    try {
      const figure = JSON.parse(line) as Figure
      if (typeof figure.name === 'string' && typeof figure.value === 'number') return [figure]
    }
    catch { /* said below */ }
    throw new Refusal(`${file}, line ${i + 1}: this is no figure of pnpm bench --json.`)
  })
}

const number = (value: number | null) => value === null ? '' : value.toLocaleString('en', { maximumSignificantDigits: 3 })

/** The figures as a Markdown table. */
function table(figures: Figure[]): string {
  const lines = figures.map(({ name, value, unit, baseline, ratio, goal, met }) =>
    `| ${name} | ${number(value)} ${unit} | ${number(baseline)} | ${number(ratio)} | ${goal === null ? '' : `${goal}: ${met ? 'met' : '**not met**'}`} |`)
  return ['| | measured | baseline | ratio | goal |', '|---|---|---|---|---|', ...lines].join('\n')
}

await runBench(async () => {
  const { values: { into }, positionals: [file, ...more] } = benchArguments(process.argv.slice(2), { into: { type: 'string', default: `${ROOT}/README.md` } }, USAGE)
  if (file === undefined || more.length > 0) throw new Refusal(`Give one file. ${USAGE}`)
  if (!existsSync(file)) throw new Refusal(`There is no file ${file}. ${USAGE}`)
  const figures = figuresOf(file)
  const text = readFileSync(into, 'utf8')
  const [before, rest] = text.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Refusal(`${into} has no place for the table: it begins with "${BEGIN}" and ends with "${END}".`)
  writeFileSync(into, `${before}${BEGIN}\n${table(figures)}\n\nOn ${cpus().length} cores, medians.\n${END}${after}`)
  console.log(`${figures.length} figures are in ${into}`)
})
