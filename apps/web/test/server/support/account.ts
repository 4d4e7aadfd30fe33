import { randomUUID } from 'node:crypto'
import type { App } from './app'
import { Browser, type Answer } from './browser'

/** An address that no other test uses, as a proxy would name it: attempts are counted by address. */
export const from = () => ({ 'x-forwarded-for': `203.${[0, 0, 0].map(() => Math.floor(Math.random() * 256)).join('.')}` })

export const someEmail = (name = 'someone') => `${name}-${randomUUID().slice(0, 8)}@example.com`

/** Asks as someone of an address of their own. */
export const post = (who: Browser, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  who.post(path, body, { headers: { ...from(), ...headers } })

export const nobody = (app: App) => new Browser(app)

/** The token in a link. */
export const tokenIn = (link: string | URL) => new URL(link).searchParams.get('token') ?? ''

/** A field of an answer's body that is there and a text. */
export function said(answer: Answer, name: string): string {
  const value = (answer.json as Record<string, unknown> | undefined)?.[name]
  if (typeof value !== 'string') throw new Error(`no ${name} in ${answer.text}`)
  return value
}

/**
 * How long two things take, in milliseconds: medians of so many runs each, taken in turns so that a busy machine slows
 * both. Which of the two comes first changes each time, so that each follows either as often: what one leaves to be done
 * after its answer slows whatever is asked next. What makes one ready is not counted.
 */
async function medians(times: number, kinds: [() => Kind, () => Kind]): Promise<[number, number]> {
  const taken: [number[], number[]] = [[], []]
  for (let i = 0; i < times; i++) {
    for (const n of i % 2 === 0 ? [0, 1] as const : [1, 0] as const) {
      const run = await kinds[n]()
      const began = performance.now()
      await run()
      taken[n].push(performance.now() - began)
    }
  }
  const middle = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
  return [middle(taken[0]), middle(taken[1])]
}

/**
 * What of two things takes longer than the other, in words; undefined where both take the same time. Measured up to three
 * times: a difference that the code makes is there each time, one that a busy machine makes is not.
 */
export async function differenceInTime(times: number, kinds: [() => Kind, () => Kind]): Promise<string | undefined> {
  const seen: string[] = []
  for (let n = 0; n < 3; n++) {
    const [one, other] = await medians(times, kinds)
    if (Math.abs(one - other) < Math.max(5, other * 0.2)) return undefined
    seen.push(`${one.toFixed(1)} ms against ${other.toFixed(1)} ms`)
  }
  return seen.join(', ')
}

type Run = () => Promise<unknown>
type Kind = Run | Promise<Run>
