import type { PGliteInterface } from '@electric-sql/pglite'
import type { ShapeEngine } from '../apply/engine'
import { quote } from '../apply/local-table'
import { forgetShape, forgetsItself } from '../search/slices'
import type { WantedShape } from './wanted'

/** Deletes the rows, the cursors and what is staged of these shapes, all in one transaction. */
export async function purgeShapes(pg: PGliteInterface, engine: ShapeEngine, shapes: readonly WantedShape[]): Promise<void> {
  await pg.transaction(async (tx) => {
    await forgetsItself(tx)
    for (const { key, definition, scope } of shapes) {
      await tx.query(`DELETE FROM public.${quote(definition.localTable)} WHERE ${quote(definition.column)} = $1`, [scope])
      await forgetShape(tx, key, definition.localTable, scope)
      await engine.forget(tx, key)
    }
  })
}
