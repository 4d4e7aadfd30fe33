import { atMost, type Measured } from '../figure'
import { heldMemory } from '../held-memory'
import type { World } from '../world'

/** The short form of `pnpm soak:memory`: whether memory stays what it was while things change. */
export async function memoryHeld(world: World): Promise<Measured[]> {
  const held = await heldMemory(world.stack, { companies: 3, folders: 30_000, tabs: 3, seconds: 120, changes: 10, say: world.say })
  return [{ name: 'memory after two minutes of changes, 30,000 folders in 3 tabs', value: held.highest, unit: 'MiB', baseline: held.settled, goal: atMost(1.3, 'ratio') }]
}
