import type { PGliteInterface, Transaction } from '@electric-sql/pglite'
import type { EntityName } from '#shared/catalogue/entities'
import { LOCAL_SHAPES, type LocalShape } from '#shared/generated/catalogue.gen'
import type { JournalEntry } from '#shared/journal/entry'
import { andScope, quote, quoteAll, type Queryable } from '../apply/local-table'
import type { Around } from '../apply/shape-applier'
import { localEffect, type EffectContext } from './effects'
import { fold, type Patch, type RowChange } from './fold'

/** Each entity that edits can change, with the shape that brings its rows. */
const EDITED = new Map(Object.values(LOCAL_SHAPES).filter(shape => shape.localTable === shape.entity).map(shape => [shape.entity, shape]))

/** An edit to lay over the rows: where it stands among the others, and what is sent. */
export type LaidEdit = Pick<JournalEntry, 'mutation' | 'at'> & { readonly place: number }

/** What the server has of a row, as far as it is here: its version, or null where it has none; and whether the edits leave one to show. */
export interface Original { readonly version: number | null, readonly isShown: boolean }

/**
 * Unsent edits, laid over the synced rows in the very tables that pages read, so that no read is any slower for them (0025 has
 * what the other way costs). What the server has of such a row is kept beside it, in `overlay.<entity>`; whoever applies
 * what the server says finds it in its place:
 *
 *   a batch of a shape: ── lift its rows ──▶ apply, as if there were no edits ──▶ lay them again     (one transaction)
 *
 * So edits of one field and news of another come together, and a row of an edit that is over becomes the server's. All of it can be
 * thrown away and made from the journal again.
 */
export class Overlay {
  readonly #pg: PGliteInterface
  readonly #userId: string
  /** Tables with rows that edits changed. */
  readonly #edited = new Set<string>()

  private constructor(pg: PGliteInterface, userId: string) {
    this.#pg = pg
    this.#userId = userId
  }

  static async open(pg: PGliteInterface, userId: string): Promise<Overlay> {
    const overlay = new Overlay(pg, userId)
    for (const entity of EDITED.keys()) {
      const { rows } = await pg.query(`SELECT 1 FROM overlay.${quote(entity)} LIMIT 1`)
      if (rows.length > 0) overlay.#edited.add(entity)
    }
    return overlay
  }

  /** The edits that lie over the rows, by the keys of their mutations. */
  async laid(): Promise<Set<string>> {
    const { rows } = await this.#pg.query<{ mutation: string }>('SELECT mutation FROM overlay.laid')
    return new Set(rows.map(row => row.mutation))
  }

  /**
   * Lays edits over the rows, in their order, all or none. Out: the tables in which rows changed.
   * @throws where one of them is of a mutation that this version does not know, or the database cannot be written
   */
  async lay(edits: readonly LaidEdit[]): Promise<string[]> {
    return this.#pg.transaction(async (tx) => {
      const due = new Map<EntityName, Set<string>>()
      const changed = new Set<string>()
      for (const { mutation, at, place } of edits) {
        const effect = localEffect(mutation)
        // What looks at rows looks at those that the edits before it made.
        if (effect.reads) await this.#layDue(tx, due, changed)
        const context: EffectContext = { tx, userId: this.#userId, company: mutation.company ?? '', at: new Date(at).toISOString() }
        const changes = await effect.changes(context)
        await tx.query('INSERT INTO overlay.laid VALUES ($1, $2)', [mutation.id, mutation.company ?? null])
        await this.#note(tx, mutation, place, changes)
        for (const { entity, id } of changes) due.set(entity, (due.get(entity) ?? new Set()).add(id))
      }
      await this.#layDue(tx, due, changed)
      return [...changed]
    })
  }

  /** Takes edits off the rows again, by the keys of their mutations. Out: the tables in which rows changed. */
  async unlay(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return []
    return this.#pg.transaction(async (tx) => {
      await tx.query('DELETE FROM overlay.laid WHERE mutation = ANY($1::uuid[])', [ids])
      const { rows } = await tx.query<{ entity: EntityName, id: string }>('DELETE FROM overlay.changes WHERE mutation = ANY($1::uuid[]) RETURNING entity, id', [ids])
      const due = new Map<EntityName, Set<string>>()
      for (const { entity, id } of rows) due.set(entity, (due.get(entity) ?? new Set()).add(id))
      for (const [entity, rowIds] of due) await this.#relay(tx, entity, [...rowIds])
      return [...due.keys()]
    })
  }

  /**
   * Where edits stand among the others, once the journal has said it: rows of several edits are made again in the new
   * order. Out: the tables in which rows changed.
   */
  async place(places: readonly { id: string, place: number }[]): Promise<string[]> {
    if (places.length === 0) return []
    return this.#pg.transaction(async (tx) => {
      const { rows } = await tx.query<{ entity: EntityName, id: string }>(
        `WITH moved AS (
           UPDATE overlay.changes c SET place = p.place FROM unnest($1::uuid[], $2::bigint[]) AS p(mutation, place)
           WHERE c.mutation = p.mutation AND c.place <> p.place RETURNING c.entity, c.id, c.mutation
         ) SELECT DISTINCT entity, id FROM moved m WHERE EXISTS (SELECT FROM overlay.changes o WHERE o.entity = m.entity AND o.id = m.id AND o.mutation <> m.mutation)`,
        [places.map(({ id }) => id), places.map(({ place }) => place)])
      const due = new Map<EntityName, Set<string>>()
      for (const { entity, id } of rows) due.set(entity, (due.get(entity) ?? new Set()).add(id))
      const changed = new Set<string>()
      await this.#layDue(tx, due, changed)
      return [...changed]
    })
  }

  /** Applies what the server says to a synced table, within the transaction that does so: see above. */
  readonly around: Around = async (tx, table, written, apply) => {
    const entity = entityOf(table)
    if (!entity || !this.#edited.has(entity)) return apply()
    const params: (string | null)[] = []
    const { rows } = 'ids' in written
      ? await tx.query<{ id: string }>(`SELECT id FROM overlay.${quote(entity)} WHERE id = ANY($1::uuid[])`, [written.ids])
      : await tx.query<{ id: string }>(`SELECT id FROM overlay.${quote(entity)} WHERE true${andScope(written.scope, params)}`, params)
    const ids = rows.map(row => row.id)
    if (ids.length === 0) return apply()
    await lift(tx, entity, ids)
    await apply()
    await this.#lay(tx, entity, ids)
  }

  /** What the server has of those of the rows that edits changed. */
  async originals(entity: EntityName, ids: readonly string[]): Promise<Map<string, Original>> {
    const { rows } = await this.#pg.query<{ id: string, version: number | null, shown: boolean }>(
      `SELECT id, row_version::float8 AS version, EXISTS (SELECT FROM public.${quote(entity)} s WHERE s.id = o.id) AS shown
       FROM overlay.${quote(entity)} o WHERE id = ANY($1::uuid[])`, [ids])
    return new Map(rows.map(({ id, version, shown }) => [id, { version, isShown: shown }]))
  }

  async #note(tx: Transaction, { id: mutation, company }: JournalEntry['mutation'], place: number, changes: readonly RowChange[]): Promise<void> {
    if (changes.length === 0) return
    // One edit can do several things to one row; they count as one.
    await tx.query(
      `INSERT INTO overlay.changes (entity, id, place, mutation, company_id, deletion, patch)
       SELECT c.entity, c.id, $1, $2, $3, c.deletion, c.patch FROM jsonb_to_recordset($4::jsonb) AS c(entity text, id uuid, deletion uuid, patch jsonb)
       ON CONFLICT (entity, id, place, mutation) DO UPDATE SET patch = changes.patch || excluded.patch`,
      [place, mutation, company ?? null, JSON.stringify(changes)])
  }

  async #layDue(tx: Transaction, due: Map<EntityName, Set<string>>, changed: Set<string>): Promise<void> {
    for (const [entity, ids] of due) {
      await this.#lay(tx, entity, [...ids])
      changed.add(entity)
    }
    due.clear()
  }

  /** Rows as the edits that are left make them; where none is left, as the server has them. */
  async #relay(tx: Transaction, entity: EntityName, ids: readonly string[]): Promise<void> {
    const { rows } = await tx.query<{ id: string }>('SELECT DISTINCT id FROM overlay.changes WHERE entity = $1 AND id = ANY($2::uuid[])', [entity, ids])
    const kept = new Set(rows.map(row => row.id))
    await lift(tx, entity, ids)
    if (kept.size > 0) await this.#lay(tx, entity, [...kept])
  }

  async #lay(tx: Transaction, entity: EntityName, ids: readonly string[]): Promise<void> {
    const { columns, column: scope } = shapeOf(entity)
    const [over, list] = [`overlay.${quote(entity)}`, quoteAll(columns.map(column => column.name))]
    this.#edited.add(entity)
    await tx.query(`INSERT INTO ${over} (${list}, absent) SELECT ${list}, false FROM public.${quote(entity)} WHERE id = ANY($1::uuid[]) ON CONFLICT DO NOTHING`, [ids])
    // Whose shape it would be in is said by what makes it; of a row that nothing here makes, it does not matter.
    await tx.query(
      `INSERT INTO ${over} (id, ${scope === 'id' ? '' : `${quote(scope)}, `}absent)
       SELECT DISTINCT ON (c.id) c.id, ${scope === 'id' ? '' : 'c.company_id, '}true FROM overlay.changes c WHERE c.entity = $1 AND c.id = ANY($2::uuid[]) ON CONFLICT DO NOTHING`, [entity, ids])
    const { rows } = await tx.query<{ id: string, original: Record<string, unknown> | null, patches: Patch[] }>(
      `SELECT o.id, CASE WHEN NOT o.absent THEN to_jsonb(o) - 'absent' END AS original,
         (SELECT jsonb_agg(c.patch ORDER BY c.place) FROM overlay.changes c WHERE c.entity = $1 AND c.id = o.id) AS patches
       FROM ${over} o WHERE o.id = ANY($2::uuid[])`, [entity, ids])
    const folded = rows.map(({ id, original, patches }) => ({ id, row: fold(original ?? undefined, patches) }))
    const gone = folded.flatMap(({ id, row }) => row ? [] : [id])
    if (gone.length > 0) await tx.query(`DELETE FROM public.${quote(entity)} WHERE id = ANY($1::uuid[])`, [gone])
    const there = folded.flatMap(({ row }) => row ?? [])
    if (there.length === 0) return
    await tx.query(
      `INSERT INTO public.${quote(entity)} (${list}) SELECT ${list} FROM jsonb_populate_recordset(NULL::public.${quote(entity)}, $1::jsonb)
       ON CONFLICT (id) DO UPDATE SET ${columns.map(({ name }) => `${quote(name)} = excluded.${quote(name)}`).join(', ')}`, [JSON.stringify(there)])
  }
}

/** Takes all edits off the rows of a database; whoever opens it lays them again. */
export async function liftAll(tx: Transaction): Promise<void> {
  const { rows: [made] } = await tx.query<{ made: boolean }>('SELECT to_regclass(\'overlay.changes\') IS NOT NULL AS made')
  if (!made?.made) return
  for (const entity of EDITED.keys()) {
    const { rows } = await tx.query<{ id: string }>(`SELECT id FROM overlay.${quote(entity)}`)
    if (rows.length > 0) await lift(tx, entity, rows.map(row => row.id))
  }
  await tx.exec('DELETE FROM overlay.changes; DELETE FROM overlay.laid')
}

/** Forgets the edits of a shape whose rows are being deleted, in that transaction: what they would show is over. */
export async function forgetEdits(tx: Queryable, { localTable, column }: LocalShape, scope: string): Promise<void> {
  const entity = entityOf(localTable)
  if (!entity) return
  await tx.query(`DELETE FROM overlay.${quote(entity)} WHERE ${quote(column)} = $1`, [scope])
  await tx.query('DELETE FROM overlay.changes WHERE entity = $1 AND company_id = $2', [entity, scope])
  // Should the shape come back, they are laid over it again.
  await tx.query('DELETE FROM overlay.laid l WHERE company_id = $1 AND NOT EXISTS (SELECT FROM overlay.changes c WHERE c.mutation = l.mutation)', [scope])
}

async function lift(tx: Transaction, entity: EntityName, ids: readonly string[]): Promise<void> {
  const [table, over, list] = [`public.${quote(entity)}`, `overlay.${quote(entity)}`, quoteAll(shapeOf(entity).columns.map(column => column.name))]
  await tx.query(`DELETE FROM ${table} WHERE id = ANY($1::uuid[]) AND EXISTS (SELECT FROM ${over} o WHERE o.id = ${table}.id)`, [ids])
  await tx.query(`WITH lifted AS (DELETE FROM ${over} WHERE id = ANY($1::uuid[]) RETURNING *) INSERT INTO ${table} (${list}) SELECT ${list} FROM lifted WHERE NOT absent`, [ids])
}

function shapeOf(entity: EntityName): LocalShape {
  const shape = EDITED.get(entity)
  if (!shape) throw new Error(`Nobody edits ${entity}`)
  return shape
}

/** The entity whose rows a table holds, where edits can change them. @param table with or without its schema and quotes */
function entityOf(table: string): EntityName | undefined {
  const name = table.replaceAll('"', '').replace(/^public\./, '')
  return EDITED.has(name as EntityName) ? name as EntityName : undefined
}
