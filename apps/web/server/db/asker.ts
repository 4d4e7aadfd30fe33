/**
 * What a transaction is for where the viewer's own rights are not enough: row level security (`rights.ts`) has rules for
 * each. A connection has none of them by itself, and one that names neither a viewer nor a door sees no row of any table.
 * - `account`: who somebody is and what they belong to; never a company's contents.
 * - `limits`: counted attempts alone.
 * - `operator`: a command at the server's own console, on the one company that it names.
 * - `upkeep`: the server's own work on what is old.
 * - `form`: what strangers send by the public form of the one company that it names.
 */
export type Door = 'account' | 'limits' | 'operator' | 'upkeep' | 'form'

/** In whose name, or for what, a transaction is. */
export interface Asker {
  userId?: string
  door?: Door
  company?: string
}

/** What a transaction begins with, all of it for this transaction only. Apart from the doors, because the commands have no pool. */
export function beginAs({ userId = '', door, company }: Asker, escape: (text: string) => string): string {
  const settings = [['app.user_id', userId], ...door ? [['app.door', door]] : [], ...company ? [['app.company', company]] : []]
  return `BEGIN; SELECT ${settings.map(([name = '', value = '']) => `set_config(${escape(name)}, ${escape(value)}, true)`).join(', ')}`
}
