/**
 * What of the journal lies over the synced rows. The journal is the truth; these can be made anew from it.
 *
 * overlay.<entity>  what the server has of each row that unsent edits changed here (made from the catalogue)
 * overlay.laid      which edits lie over the rows, by the key of the mutation
 * overlay.changes   what each of them does to each row; folded in the order of `place` they make the row of what the server has
 */
export const OVERLAY_TABLES = [
  'CREATE TABLE IF NOT EXISTS overlay.laid (mutation uuid PRIMARY KEY, company_id uuid)',
  `CREATE TABLE IF NOT EXISTS overlay.changes (
    entity text NOT NULL, id uuid NOT NULL, place bigint NOT NULL, mutation uuid NOT NULL, company_id uuid, deletion uuid, patch jsonb NOT NULL,
    PRIMARY KEY (entity, id, place, mutation))`,
  'CREATE INDEX IF NOT EXISTS overlay_changes_mutation ON overlay.changes (mutation)',
  'CREATE INDEX IF NOT EXISTS overlay_changes_deletion ON overlay.changes (deletion) WHERE deletion IS NOT NULL',
]
