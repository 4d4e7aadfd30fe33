import { useNuxtApp } from '#imports'
import type { PGlite } from '@electric-sql/pglite'
import { effectScope, type EffectScope } from 'vue'
import { vi } from 'vitest'
import type { PGliteClient } from '~/utils/pglite-client'
import { TestLeader } from './leader'
import { emptyDatabase, ME } from './local-database'

export interface Here {
  pg: PGlite
  leader: TestLeader
  client: PGliteClient
  /** A composable as a component would use it; `scope.stop()` is the component's end. */
  use: <T>(composable: () => T) => { result: T, scope: EffectScope }
  end: () => void
}

/** Somebody is here: the page's own connection, with a leader that the test holds in its hand. */
export async function somebodyHere(...sql: string[]): Promise<Here> {
  const { $pglite } = useNuxtApp()
  const pg = await emptyDatabase()
  if (sql.length > 0) await pg.exec(sql.join(';\n'))
  const client = $pglite.start({ userId: ME, databaseName: `test-${crypto.randomUUID()}`, startWorker: () => () => {} })
  const scopes: EffectScope[] = []
  const here: Here = {
    pg,
    client,
    leader: new TestLeader(client.database, pg),
    use(composable) {
      const scope = effectScope(true)
      scopes.push(scope)
      const nuxt = useNuxtApp()
      return { result: scope.run(() => nuxt.runWithContext(composable) as ReturnType<typeof composable>)!, scope }
    },
    end() {
      for (const scope of scopes) scope.stop()
      $pglite.stop()
      here.leader.die()
    },
  }
  return here
}

/** Waits until what a person would see is so. */
export const sees = (what: () => void) => vi.waitFor(what, { timeout: 3_000, interval: 5 })
