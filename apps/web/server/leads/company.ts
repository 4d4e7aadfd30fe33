import type { FormFacts } from '../../shared/leads/form'
import { askOnce } from '../db/door'

/** A company as its public form knows it. `open`: it is not deleted, and its settings do not say otherwise. */
export type FormCompany = Readonly<FormFacts>

/** The company of a short name or key, one that was deleted too; undefined where there is none. */
export async function formCompany(asked: string): Promise<FormCompany | undefined> {
  const [company] = await askOnce<FormFacts>('form_company', 'SELECT * FROM auth.form_company($1)', [asked.toLowerCase()])
  return company
}
