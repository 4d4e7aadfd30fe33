import type { FormFacts } from '../../shared/leads/form'
import { askOnce } from '../db/door'

/** A company as its public form knows it. `open`: it is not deleted, and its settings say so. */
export interface FormCompany extends Readonly<FormFacts> {
  /** When it was closed, as its settings say: what was entered before is taken all the same. Null where it is open, or that is not known. */
  readonly closed_at: string | null
  /** No lead of it is older. */
  readonly created_at: Date
}

const KEY = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** As the table has it; of anything else PostgreSQL is not asked, which takes no NUL and no half of a pair. */
const SHORT_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** The company of a short name or key, one that was deleted too; undefined where there is none whose form was ever opened. */
export async function formCompany(asked: string): Promise<FormCompany | undefined> {
  const given = asked.toLowerCase()
  if (!SHORT_NAME.test(given)) return undefined
  const [company] = await askOnce<FormCompany>('form_company', 'SELECT * FROM auth.form_company($1, $2)', [KEY.test(given) ? given : null, given])
  return company
}
