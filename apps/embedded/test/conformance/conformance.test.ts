// Electric 1.7.12's recorded exchanges, replayed. Each test is one exchange, in the recorded order.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Embedded, startEmbedded } from '../../start.ts'
import { eventually } from '../process.ts'
import { Correspondence } from './correspondence.ts'
import { DEVIATIONS, DEVIATION_BY_QUERY, type Deviation } from './deviations.ts'
import { BEGIN, STEPS, type World } from './history.ts'
import { send } from './request.ts'
import { type Exchange, type Topic, readTopic } from './trace.ts'

// 14 is subqueries; 22, 26 and 28 are what we do better; 27 is a test of the proxy; 30 was not recorded.
const TOPICS = ['00', '01', '10', '11_live_replica_default', '11_live_replica_full', '12', '13', '15', '16', '17', '18', '19', '20', '21', '23', '24', '25', '29', '31', '32']
/** In the recording's requests. */
const RECORDED_SECRET = 'test-secret'
/** `pnpm test:selfhost --conformance` names servers of somebody's own by the environment, which are not restarted. */
const { TESTS_ON_GIVEN_SERVERS, ELECTRIC_URL = '', ELECTRIC_API_KEY = '', DATABASE_MIGRATION_URL = '' } = process.env
const isGiven = TESTS_ON_GIVEN_SERVERS === '1'
const OF_RESTARTS = ['20', '23', '24', '25']
const SECRET = isGiven ? ELECTRIC_API_KEY : RECORDED_SECRET
/** The recorded waits are 20 s, 10 s, 5 s and 21 s. */
const TIMING = { longPollMs: 800, offsetPastEndMs: 300, postgresWaitMs: 300, sseKeepAliveMs: 700 }
/** Long enough for a request to be held before something happens; were it not, most answers would be the same. */
const HELD_MS = 150

const pairs = new Correspondence()
let dataDir: string
let stack: Pick<Embedded, 'url' | 'adminUrl' | 'stop' | 'stopPostgres' | 'startPostgres'>
let database: pg.Pool
/** What has come so far of the answer that is being read. */
let received = ''

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'mvdb-conformance-'))
  chmodSync(dataDir, 0o755)
  await start('secret')
  await database.query('CREATE TABLE ticks (n serial PRIMARY KEY, seen boolean)')
})

afterAll(async () => {
  await database?.end()
  await stack?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

for (const topic of TOPICS.filter(name => !isGiven || !OF_RESTARTS.includes(name)).map(readTopic)) {
  describe.sequential(topic.name, () => {
    const begin = BEGIN[number(topic)]
    if (begin) {
      beforeAll(async () => {
        await begin(world)
        await caughtUp()
      })
    }
    topic.exchanges.forEach((exchange, index) => {
      const deviation = deviationOf(topic, exchange)
      const run = deviation?.instead === 'skipped' ? test.skip : test
      run(`${index + 1}. ${exchange.title}`, { timeout: isGiven ? 90_000 : 30_000 }, () => replay(topic, exchange, deviation))
    })
  })
}

async function replay(topic: Topic, exchange: Exchange, deviation: Deviation | undefined): Promise<void> {
  const recorded = exchange.answer
  const step = stepOf(topic, exchange)
  if (exchange.hasAction && !step?.during) throw new Error(`history.ts says nothing of what happened during "${exchange.title}"`)
  if (!recorded) throw new Error('the recording holds no answer')
  if (step?.before) {
    await step.before(world)
    await caughtUp()
  }
  received = ''
  const events = recorded.headers['content-type']?.startsWith('text/event-stream') ? countEvents(recorded.body) : undefined
  const sending = send({
    ...withSecret(pairs.request(exchange, stack.url)),
    method: exchange.method,
    ...(exchange.body === undefined ? {} : { body: exchange.body }),
    // A stream that was cut by the recorder, not by the server, ends with a comment.
    ...(events && recorded.body.trimEnd().endsWith(': keep-alive') ? { enough: body => countEvents(received = body) >= events } : {}),
  })
  if (step?.during) {
    await sleep(HELD_MS)
    await Promise.all([step.during(world), sending.catch(() => {})])
  }
  const answer = await sending
  if (deviation && deviation.instead !== 'skipped') {
    expect(answer.status, answer.body).toBe(400)
    expect(JSON.parse(answer.body)).toEqual({ message: 'Invalid request', errors: { [deviation.instead.refused]: [expect.stringMatching(/\w/)] } })
    return
  }
  pairs.compare(recorded, answer, exchange.method)
}

const world: World = {
  async sql(text) {
    await database.query(text)
  },
  async restart(mode) {
    // What it was restarted for is left out.
    if (isGiven) return
    await database.end()
    await stack.stop()
    await start(mode)
  },
  async stopPostgres() {
    await database.end()
    await stack.stopPostgres()
  },
  async startPostgres() {
    await stack.startPostgres()
    database = pool(stack.adminUrl)
    await eventually('the stack is active again', async () => (await fetch(`${stack.url}/v1/health`)).status === 200)
  },
  async streamed(events) {
    await eventually(`${events} events have come`, () => countEvents(received) >= events)
  },
}

/** Waits until the stack has seen all that was committed: a commit is answered before it is decoded. */
async function caughtUp(): Promise<void> {
  const { rows: [tick] } = await database.query<{ n: number }>(`INSERT INTO ticks DEFAULT VALUES RETURNING n`)
  const shape = new URL('/v1/shape', stack.url)
  for (const [name, value] of [['table', 'ticks'], ['secret', SECRET], ['where', 'n = $1'], ['params[1]', String(tick?.n)], ['offset', '-1']]) shape.searchParams.set(name ?? '', value ?? '')
  // The log is in commit order: a change of the tick that is seen means that everything before it was.
  const first = await fetch(shape)
  await first.text()
  await database.query('UPDATE ticks SET seen = true WHERE n = $1', [tick?.n])
  for (const [name, value] of [['handle', first.headers.get('electric-handle')], ['offset', '0_inf'], ['live', 'true']]) shape.searchParams.set(name ?? '', value ?? '')
  await eventually('the stack has decoded what was committed', async () => (await (await fetch(shape)).text()).includes('"seen"'))
}

function withSecret<Request extends { url: URL }>(request: Request): Request {
  const { searchParams } = request.url
  for (const name of ['secret', 'api_secret']) if (searchParams.get(name) === RECORDED_SECRET) searchParams.set(name, SECRET)
  return request
}

async function start(mode: 'secret' | 'insecure'): Promise<void> {
  if (isGiven) {
    const leave = async (): Promise<never> => await Promise.reject(new Error('servers that are given are left alone'))
    stack = { url: ELECTRIC_URL, adminUrl: DATABASE_MIGRATION_URL, stop: async () => {}, stopPostgres: leave, startPostgres: leave }
    database = pool(stack.adminUrl)
    return
  }
  stack = await startEmbedded({ port: 0, pgPort: 0, dataDir, ...(mode === 'secret' ? { secret: SECRET } : { insecure: true }), ...TIMING })
  database = pool(stack.adminUrl)
}

function pool(connectionString: string): pg.Pool {
  const made = new pg.Pool({ connectionString, max: 1 })
  made.on('error', () => {})
  made.on('connect', client => client.on('error', () => {}))
  return made
}

function countEvents(body: string): number {
  return body.split('\n\n').filter(event => event.trim()).length
}

function number(topic: Topic): string {
  return topic.name.slice(0, 2)
}

function stepOf(topic: Topic, exchange: Exchange): (typeof STEPS)[string][string] | undefined {
  const steps = STEPS[topic.name] ?? STEPS[number(topic)] ?? {}
  return Object.entries(steps).find(([title]) => exchange.title.startsWith(title))?.[1]
}

function deviationOf(topic: Topic, exchange: Exchange): Deviation | undefined {
  const named = DEVIATIONS.find(deviation => deviation.topic === number(topic) && deviation.title?.test(exchange.title))
  if (named) return named
  const where = exchange.url.searchParams.get('where') ?? ''
  return number(topic) === DEVIATION_BY_QUERY.topic && /\bSELECT\b/.test(where) ? DEVIATION_BY_QUERY : undefined
}
