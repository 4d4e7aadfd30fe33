import type { PGliteInterface } from '@electric-sql/pglite'
import type { ShapeEngine } from '../apply/engine'
import { quote } from '../apply/local-table'
import { forgetShape, withoutNotes } from '../search/slices'
import type { WantedShape } from './wanted'

/** Deletes the rows, the cursors and what is staged of these shapes, all in one transaction. */
export async function purgeShapes(pg: PGliteInterface, engine: ShapeEngine, shapes: readonly WantedShape[]): Promise<void> {
  await pg.transaction(async (tx) => {
    for (const { key, definition, scope } of shapes) {
      await withoutNotes(tx, key)
      await tx.query(`DELETE FROM public.${quote(definition.localTable)} WHERE ${quote(definition.column)} = $1`, [scope])
      await forgetShape(tx, definition.localTable, scope)
      await engine.forget(tx, key)
    }
  })
}
