import type { PGliteInterface } from '@electric-sql/pglite'
import { electricSync } from '@electric-sql/pglite-sync'
import type { ShapeEngine } from './engine'
import { quote } from './local-table'

/**
 * pglite-sync's engine in the place of ours, for comparison and for the day it loses no rows. It knows no scopes, so a
 * must-refetch clears the scope's rows by its hook, and it tells of no progress, so each of its commits counts as one.
 */
export async function createShapeEngine(pg: PGliteInterface, _options?: object): Promise<ShapeEngine> {
  const listeners = new Set<() => void>()
  const watched = new Proxy(pg, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target)
      if (name === 'transaction') {
        const transaction: PGliteInterface['transaction'] = async (work) => {
          const result = await target.transaction(work)
          for (const listener of listeners) listener()
          return result
        }
        return transaction
      }
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
  const { namespaceObj } = await electricSync().setup(watched)
  await namespaceObj.initMetadataTables()
  return {
    // It tells nobody of a write: unsent edits are sent, and seen when they come back.
    mayBeEdited: false,
    async sync({ scope, onApplied, ...options }) {
      const table = `${quote(options.schema ?? 'public')}.${quote(options.table)}`
      const where = scope ? `WHERE ${quote(scope.column)} = $1` : ''
      const params = scope ? [scope.value] : []
      const count = async () => (await pg.query<{ rows: number }>(`SELECT count(*)::int AS rows FROM ${table} ${where}`, params)).rows[0]?.rows ?? 0
      let complete = false
      const announce = async () => {
        const rows = await count()
        onApplied?.({ rows, complete, upToDate: subscription.isUpToDate, changed: true })
      }
      const listener = () => void announce().catch(() => undefined)
      const subscription = await namespaceObj.syncShapeToTable({
        ...options,
        initialInsertMethod: 'csv',
        onMustRefetch: async (tx) => {
          await tx.query(`DELETE FROM ${table} ${where}`, params)
        },
        onInitialSync: () => {
          complete = true
          options.onInitialSync?.()
          listener()
        },
      })
      listeners.add(listener)
      const stop = async () => {
        listeners.delete(listener)
        subscription.unsubscribe()
      }
      return {
        unsubscribe: () => void stop(), stop, retry: () => undefined, stream: subscription.stream,
        get isUpToDate() { return subscription.isUpToDate },
        progress: { rows: await count(), complete: false, changed: false },
      }
    },
    async forget(tx, key) {
      return ((await tx.query('DELETE FROM electric.subscriptions_metadata WHERE key = $1', [key])).affectedRows ?? 0) > 0
    },
    async keys(prefix) {
      const { rows } = await pg.query<{ key: string }>('SELECT key FROM electric.subscriptions_metadata WHERE starts_with(key, $1)', [prefix])
      return rows.map(row => row.key)
    },
  }
}
