import type { PGliteInterface } from '@electric-sql/pglite'
import type { ShapeEngine } from '../apply/engine'
import { quote } from '../apply/local-table'
import { forgetShape, forgetsItself } from '../search/slices'
import { forgetEdits } from '../writes/overlay'
import type { WantedShape } from './wanted'

/**
 * Deletes the rows, the cursors and what is staged of these shapes, all in one transaction. Their bytes stay: see Compaction.
 * @returns whether anything of them was ever written here
 */
export async function purgeShapes(pg: PGliteInterface, engine: ShapeEngine, shapes: readonly WantedShape[]): Promise<boolean> {
  return pg.transaction(async (tx) => {
    let held = false
    await forgetsItself(tx)
    for (const { key, definition, scope } of shapes) {
      const deleted = await tx.query(`DELETE FROM public.${quote(definition.localTable)} WHERE ${quote(definition.column)} = $1`, [scope])
      await forgetEdits(tx, definition, scope)
      await forgetShape(tx, key, definition.localTable, scope)
      held = await engine.forget(tx, key) || held || (deleted.affectedRows ?? 0) > 0
    }
    return held
  })
}
