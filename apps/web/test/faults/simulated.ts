// One process of `pnpm faults:sim`: tells the stories of the seeds that come in on standard input, one JSON line for each out.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { shrink } from './story/shrink'
import { storyOf, type Story } from './story/story'
import { retell } from './world/retell'
import { tell, type Outcome, type Told } from './world/tell'
import { World, type Seat } from './world/world'

/** Stories that are told side by side: while one waits for the server another one computes. */
const SEATS = 2
/** Each story leaves its shapes and its rows behind: after so many the server is a new one. */
const STORIES_A_WORLD = 250

const folder = fileURLToPath(new URL('../../../../test-results/faults/', import.meta.url))
const kind = process.argv.includes('--writing') ? 'writing' : 'reading'
const isShrinking = !process.argv.includes('--no-shrink')

/** What is said of a seed. */
export interface Said {
  seed: number
  outcome: 'right' | 'wrong'
  ms: number
  wrong: Outcome['wrong']
  /** The file with the shortened story. */
  story?: string
}

async function write(seed: number, story: Story, outcome: Outcome, world: World, seat: Seat): Promise<string> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${seed}.report.txt`), [...outcome.wrong.map(({ kind, who, text }) => `${kind}, ${who}: ${text}`), outcome.report].join('\n'))
  await writeFile(join(folder, `${seed}.story.json`), `${JSON.stringify(story, null, 1)}\n`)
  await writeFile(join(folder, `${seed}.told.json`), JSON.stringify(outcome.told))
  if (!isShrinking) return join(folder, `${seed}.story.json`)
  const short = await shrink(story, async one => (await tell(world, seat, one)).wrong.length > 0)
  const file = join(folder, `${seed}.short.json`)
  await writeFile(file, `${JSON.stringify(short, null, 1)}\n`)
  return file
}

async function run(): Promise<void> {
  const seeds = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  let isOver = false
  while (!isOver) {
    const world = await World.start(SEATS)
    let left = STORIES_A_WORLD
    await Promise.all(world.seats.map(async (seat) => {
      while (!isOver && left-- > 0) {
        process.stdout.write('{"next":true}\n')
        const { value, done } = await seeds.next()
        if (done) {
          isOver = true
          return
        }
        const seed = Number(value)
        const story = storyOf(seed, kind)
        const outcome = await tell(world, seat, story)
        const said: Said = { seed, outcome: outcome.wrong.length === 0 ? 'right' : 'wrong', ms: Math.round(outcome.ms), wrong: outcome.wrong.slice(0, 5) }
        if (said.outcome === 'wrong') said.story = await write(seed, story, outcome, world, seat)
        process.stdout.write(`${JSON.stringify(said)}\n`)
      }
    }))
    await world.stop()
  }
}

process.on('unhandledRejection', (reason) => {
  process.stderr.write(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}\n`)
})
// Leaving in order ends the stack's processes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const replay = process.argv[process.argv.indexOf('--replay') + 1]
if (!process.argv.includes('--replay') || replay === undefined) {
  await run()
  process.exit(0)
}
const right = await retell(JSON.parse(await readFile(replay, 'utf8')) as Told)
process.stdout.write(`${right.map((one, n) => `person ${n}: ${one ? 'right' : 'WRONG'}`).join('\n')}\n`)
process.exit(right.every(Boolean) ? 0 : 1)
