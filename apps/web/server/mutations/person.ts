import { sql } from 'drizzle-orm'
import { personPreferences, personProfile } from '../../shared/mutations/person'
import { personEffect } from './effect'
import { merged, requireFits } from './json'
import { touch } from './rows'

/** Colleagues see it too: a trigger writes it to each membership. */
const profile = personEffect(personProfile, ({ tx, userId }, { name, avatar_url: picture }) => touch(tx, 'users', sql`
  update users set name = ${name}, avatar_url = ${picture} where id = ${userId} returning id, row_version`))

const preferences = personEffect(personPreferences, async ({ tx, userId }, { preferences: change }) => {
  const touched = await touch(tx, 'users', sql`update users set preferences = ${merged(sql`preferences`, change)} where id = ${userId} returning id, row_version`)
  await requireFits(tx, sql`preferences`, sql`from users where id = ${userId}`, 'preferences')
  return touched
})

export const personEffects = [profile, preferences]
