import { personPreferences, personProfile } from '#shared/mutations/person'
import type { Mutate, Saving } from '../mutate'

export interface PersonVerbs {
  /** Colleagues see it too. */
  saveProfile: (profile: { name: string, avatar_url: string | null }) => Saving
  /** The keys to change; null takes one away, all others stay. */
  savePreferences: (preferences: Record<string, unknown>) => Saving
}

/** The edits of the person's own row. */
export function personVerbs(mutate: Mutate): PersonVerbs {
  return {
    saveProfile: ({ name, avatar_url }) => mutate(personProfile, { name, avatar_url }),
    savePreferences: preferences => mutate(personPreferences, { preferences }),
  }
}
