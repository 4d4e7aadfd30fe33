import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PGlite } from '@electric-sql/pglite'
import { Hash } from '@adonisjs/hash'
import { Scrypt } from '@adonisjs/hash/drivers/scrypt'
import { PASSWORD } from '../../support/page'
import type { Person } from '../../support/people'
import { Stack } from '../../support/stack'
import { startClocks, type Clock } from '../browser/clock'
import { PEOPLE } from '../story/story'
import { openDatabases } from './open-database'
import { Oracle } from './oracle'

const OUTPUT = fileURLToPath(new URL('../../../.output', import.meta.url))

/** Somebody who is signed in. */
export interface Player extends Person {
  cookie: string
}

/** What one story at a time works with: its people and their databases, the same for story after story. */
export interface Seat {
  readonly players: readonly Player[]
  readonly databases: readonly PGlite[]
}

/** One real stack and server, and as many seats as stories are told side by side. */
export class World {
  readonly stack: Stack
  readonly oracle: Oracle
  readonly seats: readonly Seat[]
  readonly clocks: Set<Clock>
  readonly #folder: string
  readonly #stopClocks: () => void

  private constructor(folder: string, stack: Stack, oracle: Oracle, seats: readonly Seat[]) {
    this.#folder = folder
    this.stack = stack
    this.oracle = oracle
    this.seats = seats
    this.clocks = new Set()
    this.#stopClocks = startClocks(this.clocks)
  }

  static async start(seats: number): Promise<World> {
    // A build that runs meanwhile is not to change the server that is told on.
    const folder = await mkdtemp(join(tmpdir(), 'mvdb-faults-'))
    await cp(OUTPUT, folder, { recursive: true, verbatimSymlinks: true })
    const stack = await Stack.start({ insecure: true, server: join(folder, 'server/start.mjs'), env: { LIVE_HOLD_SECONDS: '1', LIVE_RECHECK_SECONDS: '0.3', DEMO: '', PUBLIC_URL: '' } })
    const hash = await new Hash(new Scrypt({})).make(PASSWORD)
    const databases = await openDatabases(seats * PEOPLE)
    const made: Seat[] = []
    for (let at = 0; at < seats; at++) {
      const players: Player[] = []
      for (let n = 0; n < PEOPLE; n++) players.push(await signedIn(stack, `Person ${at}-${n}`, hash))
      made.push({ players, databases: databases.splice(0, PEOPLE) })
    }
    return new World(folder, stack, await Oracle.of(stack.sql), made)
  }

  /** Electric forgets the log of a shape; one that is given may allow nobody that, and then keeps it. */
  async rotate(handle: string): Promise<void> {
    const { url, secret } = this.stack.electric
    await fetch(`${url}/v1/shape?${new URLSearchParams({ handle, secret })}`, { method: 'DELETE' })
  }

  async stop(): Promise<void> {
    this.#stopClocks()
    for (const seat of this.seats) for (const database of seat.databases) await database.close()
    await this.stack.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function signedIn(stack: Stack, name: string, hash: string): Promise<Player> {
  const id = randomUUID()
  const email = `${id}@example.com`
  await stack.sql.query('insert into users (id, email, name) values ($1, $2, $3)', [id, email, name])
  await stack.sql.query('insert into auth.credentials (user_id, password_hash) values ($1, $2)', [id, hash])
  const [origin = ''] = stack.replicas.origins
  const answer = await fetch(`${origin}/api/auth/sign-in`, {
    method: 'POST', body: JSON.stringify({ email, password: PASSWORD }), headers: { 'content-type': 'application/json', origin },
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0]
  if (!answer.ok || !cookie) throw new Error(`nobody could sign in: ${answer.status} ${await answer.text()}`)
  return { id, email, name, cookie }
}
