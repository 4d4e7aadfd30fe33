import type { UserRow } from '../generated/catalogue.gen'
import { defineRead } from './read'

export type UserProfile = Pick<UserRow, 'id' | 'email' | 'name' | 'avatar_url' | 'preferences' | 'last_login_at'>

/** The profile of the person whose database this is; no other row of `users` is ever here. */
export const userRead = defineRead<UserProfile>()({
  name: 'user',
  views: ['users'],
  input: {},
  scope: 'user',
  sql: 'SELECT id, email, name, avatar_url, preferences, last_login_at FROM app_read.users',
})
