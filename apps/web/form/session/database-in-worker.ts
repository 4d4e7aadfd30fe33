import type { SessionDatabase } from './tables'

/**
 * An empty database in the memory of a worker of this tab, loaded now. In a worker, because making one takes a second of work in
 * which nobody could type.
 */
export async function openDatabase(): Promise<SessionDatabase> {
  const { PGliteWorker } = await import('@electric-sql/pglite/worker')
  const worker = new Worker(new URL('./database.worker.ts', import.meta.url), { type: 'module' })
  try {
    const broken = new Promise<never>((_, reject) => {
      worker.addEventListener('error', event => reject(new Error(event.message || 'the worker of the session could not be loaded')), { once: true })
    })
    // Of a name that no other tab has: it is this tab's alone.
    return await Promise.race([PGliteWorker.create(worker, { id: `session-${crypto.randomUUID()}` }), broken])
  }
  catch (error) {
    worker.terminate()
    throw error
  }
}
