// What the stack calls the things that it makes in a PostgreSQL.

/** Publication and event triggers belong to a database; slot and roles to the whole server, whatever else uses it. */
export interface Names {
  publication: string
  slot: string
  /** Logs in to evaluate predicates and read snapshots. By itself it may read nothing (see `shapeRole`). */
  reader: string
  /** Logs in to have a where judged: it may read nothing, and make temporary tables, which vanish. */
  checker: string
  /** Of the roles that may read one table each. */
  shapeRoles: string
}

/** In a cluster of our own, where nobody else makes anything. */
export const OWN_NAMES: Names = {
  publication: 'electric_publication_default',
  slot: 'electric_slot_default',
  reader: 'mvdb_shape_reader',
  checker: 'mvdb_where_checker',
  shapeRoles: 'mvdb_shape_',
}

/** In a server that is given: others of us may be there, and an Electric. `id` is the data folder's own. */
export function namesOf(id: string): Names {
  const prefix = `mvdb_${id}`
  return { publication: prefix, slot: prefix, reader: `${prefix}_reader`, checker: `${prefix}_checker`, shapeRoles: `${prefix}_shape_` }
}

/** The role that may read exactly one table, by the table's oid. The reader becomes it for one transaction. */
export function shapeRole(names: Names, tableOid: number): string {
  return `${names.shapeRoles}${tableOid}`
}
