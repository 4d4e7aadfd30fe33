import { eq } from 'drizzle-orm'
import { companies } from '../../shared/catalogue/tables'
import { withAccounts } from '../db/door'
import { Refusal } from '../http/refusal'
import type { Actor } from './actor'
import { recordInCompany } from './audit'
import { countCompany } from './limits'
import { openCompany, type NewCompany } from './members'

interface Company { id: string, slug: string }

const TAKEN = 'This short name is taken.'

/**
 * Makes a company with the person as its owner. Asked again with the same id, it answers what it made the first time.
 * Throws `invalid_input` at `slug` or `id` where one is taken.
 */
export async function createCompany(actor: Actor, asked: NewCompany): Promise<Company> {
  await countCompany(actor.id)
  return withAccounts(async (tx) => {
    const made = await openCompany(tx, actor.id, asked)
    if (made) {
      await recordInCompany(tx, made.id, actor, 'company.created', { name: asked.name, slug: asked.slug })
      return made
    }
    const [there] = asked.id === undefined
      ? []
      : await tx.select({ id: companies.id, slug: companies.slug, owner: companies.owner_id }).from(companies).where(eq(companies.id, asked.id))
    if (there && there.owner === actor.id && there.slug === asked.slug) return { id: there.id, slug: there.slug }
    throw new Refusal('invalid_input', { fields: there ? { id: 'This key is taken.' } : { slug: TAKEN } })
  })
}

/** Whether a slug can still be taken. A deleted company keeps its own: it may be restored. */
export async function isSlugFree(slug: string): Promise<boolean> {
  const rows = await withAccounts(tx => tx.select({ id: companies.id }).from(companies).where(eq(companies.slug, slug)))
  return rows.length === 0
}
