import type { Stack } from '../support/stack'
import { describeScenes } from '../support/scenes'
import type { Engine } from './engine'
import { figureScenes } from './scenes/figures'
import { firstSyncScenes } from './scenes/first-sync'
import { killScenes } from './scenes/kill'
import { purgeScenes } from './scenes/purge'
import { shellScenes } from './scenes/shell'
import { tabScenes } from './scenes/tabs'

/** Some scenes that every engine plays. */
export type EngineScenes = (engine: Engine, stack: () => Stack) => void

const ALL: readonly EngineScenes[] = [figureScenes, firstSyncScenes, shellScenes, tabScenes, killScenes, purgeScenes]

export function describeEngine(name: string, engine: Engine): void {
  describeScenes(name, ALL.map(scenes => stack => scenes(engine, stack)))
}
