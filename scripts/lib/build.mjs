import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { buildSteps } from './build-steps.mjs'
import { Refusal } from './command.mjs'
import { withLock } from './lock.mjs'
import { DATA, ROOT } from './paths.mjs'
import { run, step, tail } from './run.mjs'
import { hashOf } from './sources.mjs'
import { chosenSync, SYNCS } from './sync-choice.mjs'

const recordFile = name => `${DATA}/build/${createHash('sha256').update(name).digest('hex').slice(0, 12)}`

/** What a step's output was made of and is, as one line; compared with the line kept when it was made. */
const stateOf = ({ sources, output, options = '' }) => `${hashOf(sources, options)} ${hashOf([output])}`

const upToDate = (part) => {
  const record = recordFile(part.name)
  return existsSync(`${ROOT}/${part.output}`) && existsSync(record) && readFileSync(record, 'utf8') === stateOf(part)
}

/**
 * Builds what is not up to date, one build at a time in a clone.
 * @param {{ force?: boolean, upTo?: string }} [options] upTo: the last step to take, by its name
 */
export function build({ force = false, upTo } = {}) {
  const sync = chosenSync()
  if (sync !== SYNCS[0]) console.log(`The worker is built on ${sync}, as was chosen; pnpm build --sync=${SYNCS[0]} takes that back.`)
  return withLock(`${DATA}/build/lock`, async () => {
    for (const part of buildSteps(sync)) {
      if (force || !upToDate(part)) await make(part)
      if (part.name === upTo) return
    }
  })
}

const make = part => step(`Building ${part.name}`, async () => {
  const [command, args] = part.command
  const before = hashOf(part.sources, part.options)
  const { code, output } = await run(command, args, { cwd: part.cwd, env: { NODE_ENV: undefined } })
  if (code !== 0 || !existsSync(`${ROOT}/${part.output}`)) {
    throw new Refusal(`${tail(output, 60)}\nBuilding ${part.name} failed (above is what it said).`)
  }
  mkdirSync(`${DATA}/build`, { recursive: true })
  // The sources as they were when the build began: a change made meanwhile builds again next time.
  writeFileSync(recordFile(part.name), `${before} ${hashOf([part.output])}`)
})
