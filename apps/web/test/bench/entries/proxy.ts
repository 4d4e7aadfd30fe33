import { predicateOf } from '../../../server/shapes/definition'
import { LOCAL_SHAPES } from '../../../shared/generated/catalogue.gen'
import { PASSWORD } from '../../support/page'
import { atLeast, atMost, median, type Measured } from '../figure'
import type { World } from '../world'

const CALLS = 100

/** A way to the folders of a company: an address to which a position is added, and the headers that it needs. */
interface Way { url: URL, headers: Record<string, string> }

async function ask({ url, headers }: Way, position: Record<string, string>): Promise<{ bytes: number, handle: string, offset: string, upToDate: boolean }> {
  const address = new URL(url)
  for (const [name, value] of Object.entries(position)) address.searchParams.set(name, value)
  const answer = await fetch(address, { headers: { 'accept-encoding': 'identity', ...headers } })
  if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}`)
  const bytes = (await answer.arrayBuffer()).byteLength
  return { bytes, handle: answer.headers.get('electric-handle') ?? '', offset: answer.headers.get('electric-offset') ?? '', upToDate: answer.headers.has('electric-up-to-date') }
}

/** Reads the shape from its beginning; mebibytes a second, and the position after it. */
async function readAll(way: Way) {
  let [bytes, at] = [0, { offset: '-1' } as Record<string, string>]
  const began = performance.now()
  for (;;) {
    const answer = await ask(way, at)
    bytes += answer.bytes
    at = { handle: answer.handle, offset: answer.offset }
    if (answer.upToDate) return { rate: bytes / 2 ** 20 / ((performance.now() - began) / 1000), at }
  }
}

/** Milliseconds of a request to which there is nothing to say. */
async function latency(way: Way, at: Record<string, string>): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < CALLS; n++) {
    const began = performance.now()
    await ask(way, at)
    times.push(performance.now() - began)
  }
  return median(times)
}

/** What the way through the app adds to asking Electric directly: session, membership, definition, passing on. */
export async function proxy(world: World): Promise<Measured[]> {
  const planted = await world.planted()
  const { origin, electric, sql } = world.stack
  await sql.query('delete from auth.attempts')
  const signedIn = await fetch(`${origin}/api/auth/sign-in`, {
    method: 'POST', headers: { 'content-type': 'application/json', origin }, body: JSON.stringify({ email: planted.person.email, password: PASSWORD }),
  })
  if (!signedIn.ok) throw new Error(`sign-in answered ${signedIn.status}`)
  const cookie = signedIn.headers.getSetCookie().map(one => one.split(';')[0]).join('; ')
  const ours: Way = { url: new URL(`/api/shapes/folders?company=${planted.company}`, origin), headers: { cookie, 'x-database-user': planted.person.id } }
  const folders = LOCAL_SHAPES.folders
  const direct: Way = { url: new URL('/v1/shape', electric.url), headers: {} }
  for (const [name, value] of Object.entries({
    table: folders.entity, columns: folders.columns.map(column => column.name).join(','), where: predicateOf(folders), 'params[1]': planted.company, secret: electric.secret,
  })) direct.url.searchParams.set(name, value)

  const seen = { ours: { rates: [] as number[], ms: [] as number[] }, direct: { rates: [] as number[], ms: [] as number[] } }
  // The first makes the shape.
  await readAll(direct)
  for (let n = 0; n < world.times; n++) {
    for (const [way, to] of [[ours, seen.ours], [direct, seen.direct]] as const) {
      const { rate, at } = await readAll(way)
      to.rates.push(rate)
      to.ms.push(await latency(way, at))
    }
  }
  const through = median(seen.direct.ms)
  return [
    { name: 'proxy latency, against asking Electric directly', value: median(seen.ours.ms), unit: 'ms', baseline: through, goal: atMost(Number((through + 3).toPrecision(3))) },
    { name: 'proxy throughput of a snapshot, against reading it directly', value: median(seen.ours.rates), unit: 'MiB/s', baseline: median(seen.direct.rates), goal: atLeast(0.8, 'ratio') },
  ]
}
