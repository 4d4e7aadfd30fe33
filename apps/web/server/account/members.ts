import { and, eq } from 'drizzle-orm'
import { v7 as uuid } from 'uuid'
import type { Role } from '../../shared/catalogue/roles'
import { companies, companyMembers } from '../../shared/catalogue/tables'
import type { Transaction } from '../db/door'
import { Refusal } from '../http/refusal'

export interface Member {
  user_id: string
  name: string
  role: Role
}

const place = (company: string, userId: string) => and(eq(companyMembers.company_id, company), eq(companyMembers.user_id, userId))

/** Throws `not_found`. */
export async function findMember(tx: Transaction, company: string, userId: string): Promise<Member> {
  const [found] = await tx.select({ user_id: companyMembers.user_id, name: companyMembers.name, role: companyMembers.role }).from(companyMembers).where(place(company, userId))
  if (!found) throw new Refusal('not_found')
  return { ...found, role: found.role as Role }
}

/** Name, e-mail and picture are filled in by a trigger. */
export async function addMember(tx: Transaction, company: string, userId: string, role: Role): Promise<void> {
  await tx.insert(companyMembers).values({ id: uuid(), company_id: company, user_id: userId, role, name: '', email: '' })
}

export async function setRole(tx: Transaction, company: string, userId: string, role: Role): Promise<void> {
  await tx.update(companyMembers).set({ role }).where(place(company, userId))
}

/** Places in groups go with it, by their foreign key. */
export async function dropMember(tx: Transaction, company: string, userId: string): Promise<void> {
  await tx.delete(companyMembers).where(place(company, userId))
}

export interface NewCompany {
  id?: string
  name: string
  slug: string
}

/** The rows of a new company and its owner; undefined where its id or slug is taken. */
export async function openCompany(tx: Transaction, ownerId: string, { id = uuid(), name, slug }: NewCompany): Promise<{ id: string, slug: string } | undefined> {
  const [made] = await tx.insert(companies).values({ id, name, slug, owner_id: ownerId }).onConflictDoNothing().returning({ id: companies.id, slug: companies.slug })
  if (made) await addMember(tx, made.id, ownerId, 'owner')
  return made
}
