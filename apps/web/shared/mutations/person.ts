import * as z from 'zod/mini'
import { name } from '../account/fields'
import { jsonChange, pictureAddress } from './fields'
import { defineMutation } from './mutation'

const own = { version: 1, entity: 'users', may: 'self' } as const

export const personProfile = defineMutation({
  ...own, name: 'person.profile', input: z.strictObject({ name: name('your name'), avatar_url: pictureAddress }),
  touches: () => ({ changes: ['profile'] }),
})
export const personPreferences = defineMutation({
  ...own, name: 'person.preferences', input: z.strictObject({ preferences: jsonChange }),
  touches: () => ({ changes: ['preferences'] }),
})
