import { randomUUID } from 'node:crypto'
import { filesWith } from '../support/needles'
import { until } from '../support/wait'
import type { EngineVisit } from './visit'

/**
 * Waits until a word that came last is found on the disk, and with it all that came before. In IndexedDB a database is
 * stored a moment after its writes (1 to 2 s seen in WebKitGTK), and what a kill takes of them is fetched again.
 */
export async function isStored({ browser }: EngineVisit, word: string): Promise<void> {
  await until('what came last is on the disk', async () => (await filesWith(browser.profile, word)).length > 0, { deadline: 30_000, every: 200 })
}

/** A word that nothing else on the disk can hold, and that no compression can take apart: nothing in it repeats. */
export const needle = () => randomUUID().replaceAll('-', '')
