import * as z from 'zod/mini'
import type { EntityName } from './entities'

/** The longest texts that people may enter, in characters (code points, as PostgreSQL counts them). */
export const TEXT_LENGTHS = {
  workspaces: { name: 255, description: 10_000 },
  folders: { name: 255, description: 10_000 },
  user_groups: { name: 255, description: 10_000 },
  companies: { name: 200 },
  users: { name: 200, email: 320, avatar_url: 2000 },
  company_members: { name: 200, email: 320, avatar_url: 2000 },
  leads: { name: 200, email: 320, phone: 50, message: 10_000, variant: 100, notes: 10_000 },
} as const satisfies Partial<Record<EntityName, Record<string, number>>>

/** Any other text: nobody types it, or a schema of its own says more. */
const ANY_LENGTH = 100_000

/** How long a text of a column may be. */
export function lengthOf(entity: string, column: string): number {
  const lengths: Partial<Record<string, Record<string, number>>> = TEXT_LENGTHS
  return lengths[entity]?.[column] ?? ANY_LENGTH
}

/** PostgreSQL stores every character but NUL; half of a surrogate pair is no character, and UTF-8 would replace it. */
export const isStorable = (text: string) => !/[\0\p{Cs}]/u.test(text)

/** What holds for the text of a column, as checks of a schema. */
export const textOf = (length: number) => [
  z.refine<string>(text => text.length <= length || [...text].length <= length, `This is too long: ${length} characters at most.`),
  z.refine<string>(isStorable, 'There is a character in it that cannot be stored.'),
] as const
