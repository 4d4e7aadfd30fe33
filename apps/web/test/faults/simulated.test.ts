import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quickIf } from '../../../../scripts/lib/soak-tag.mjs'
import { storyOf, type Story } from './story/story'
import { tell } from './world/tell'
import { World } from './world/world'

/** How many stories of the seeds from 1 on, in every run and in those that have the time; `pnpm faults:sim` tells thousands. */
const FEW = 15
const FEW_WRITING = 25
const STORIES = 300
const SEATS = 2

const folder = new URL('kept/', import.meta.url)
const kept = readdirSync(folder).filter(name => name.endsWith('.json')).map(name => ({
  name, ...JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { guards: string, story: Story },
}))

describe('whatever happens on the road, everybody ends with what is theirs and nothing else', () => {
  let world: World
  beforeAll(async () => {
    world = await World.start(SEATS)
  })
  afterAll(() => world.stop())

  const wrongOf = async (seat: number, story: Story) => {
    const own = world.seats[seat]
    if (!own) throw new Error('no such seat')
    const { wrong } = await tell(world, own, story)
    return wrong.map(({ kind, who, text }) => `${kind}, ${who}: ${text}`)
  }

  test.each(kept)('guards against: $guards ($name)', async ({ story }) => {
    expect(await wrongOf(0, story)).toEqual([])
  })

  for (const [first, last] of [[1, FEW], [FEW + 1, STORIES]] as const) test(`stories of chance, ${first} to ${last}`, { timeout: 600_000, ...quickIf(first === 1) }, async () => {
    const failed: Record<number, string[]> = {}
    let next: number = first
    await Promise.all(world.seats.map(async (_, seat) => {
      while (next <= last) {
        const seed = next++
        const wrong = await wrongOf(seat, storyOf(seed))
        if (wrong.length > 0) failed[seed] = wrong
      }
    }))
    expect(failed, 'told again by: pnpm faults:sim --runs 1 --seed …').toEqual({})
  })

  for (const [first, last] of [[1, FEW_WRITING], [FEW_WRITING + 1, STORIES]] as const) test(`stories of people who edit, ${first} to ${last}`, { timeout: 900_000, ...quickIf(first === 1) }, async () => {
    const failed: Record<number, string[]> = {}
    let next: number = first
    await Promise.all(world.seats.map(async (_, seat) => {
      while (next <= last) {
        const seed = next++
        const wrong = await wrongOf(seat, storyOf(seed, 'writing'))
        if (wrong.length > 0) failed[seed] = wrong
      }
    }))
    expect(failed, 'told again by: pnpm soak:writes --runs 1 --seed …').toEqual({})
  })
})
