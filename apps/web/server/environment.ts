import * as z from 'zod'
import { STANDARD_LEASE_DAYS } from '../shared/lease/lease'

/** How long what was deleted can be restored. */
const STANDARD_RETENTION_DAYS = 90

const address = (protocols: RegExp, example: string) => z.url({ protocol: protocols, error: `is not an address like ${example}` })
const switched = z.enum(['on', 'off'], 'is neither on nor off')
const seconds = () => z.coerce.number({ error: 'is not a number of seconds' }).positive('is not more than 0')

/** Everything the server takes from outside. Two addresses decide where it stands: DATABASE_URL and ELECTRIC_URL. */
const schema = z.object({
  DATABASE_URL: address(/^postgres(ql)?$/, 'postgres://user:password@host:5432/database'),
  DATABASE_MIGRATION_URL: address(/^postgres(ql)?$/, 'postgres://owner:password@host:5432/database').optional(),
  ELECTRIC_URL: address(/^https?$/, 'http://localhost:30000'),
  // Electric takes an empty secret for a good one, so the server never goes on without one; it limits no guesses either.
  ELECTRIC_API_KEY: z.string().min(16, 'is shorter than 16 characters'),
  // The one that follows it, while it is being changed.
  ELECTRIC_API_KEY_NEXT: z.string().min(16, 'is shorter than 16 characters').optional(),
  NUXT_SESSION_PASSWORD: z.string().min(32, 'is shorter than 32 characters'),
  NUXT_SESSION_PASSWORD_OLD: z.string().default('').transform(list => list.split(',').map(one => one.trim()).filter(Boolean))
    .refine(list => list.every(one => one.length >= 32), 'holds one that is shorter than 32 characters'),
  PGLITE_DB_NAME: z.string().regex(/^[\w-]{1,60}$/, 'may hold letters, digits, - and _ only, up to 60').default('multi_vendor_local'),
  DEMO: z.enum(['', '0', '1'], 'is neither 1 nor 0').default('').transform(value => value === '1'),
  PUBLIC_URL: address(/^https?$/, 'https://app.example.com').optional(),
  SIGN_UP: switched.optional(),
  INVITE_DAYS: z.coerce.number({ error: 'is not a number of days' }).int('is not a whole number of days').min(1, 'is less than a day').max(90, 'is more than 90 days').default(7),
  // Not less than a device may have been away: its edits of a deleted row are answered with what would bring that back.
  RETENTION_DAYS: z.coerce.number({ error: 'is not a number of days' }).int('is not a whole number of days').min(STANDARD_LEASE_DAYS, `is less than ${STANDARD_LEASE_DAYS} days`).max(3650, 'is more than ten years').default(STANDARD_RETENTION_DAYS),
  IMPORT_LIMIT_MB: z.coerce.number({ error: 'is not a number of megabytes' }).positive('is not more than 0').max(64, 'is more than 64').default(64),
  MAIL_URL: address(/^smtps?$/, 'smtp://user:password@mail.example.com:587').optional(),
  MAIL_FROM: z.string().regex(/^[^\s@<>]+@[^\s@<>]+$|<[^\s@<>]+@[^\s@<>]+>$/, 'is not an address like app@example.com').optional(),
  METRICS_PORT: z.coerce.number({ error: 'is not a port' }).int('is not a port').min(1, 'is not a port').max(65535, 'is not a port').optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'is not one of trace, debug, info, warn, error, fatal and silent').default('info'),
  DRAIN_SECONDS: z.coerce.number({ error: 'is not a number of seconds' }).min(0, 'is less than 0').max(60, 'is more than 60').default(0),
  TRUSTED_PROXIES: z.string().default('').transform(list => list.split(',').map(one => one.trim()).filter(Boolean)),
  LEASE_DAYS: z.coerce.number({ error: 'is not a number of days' }).positive('is not more than 0').max(3650, 'is more than ten years').default(STANDARD_LEASE_DAYS),
  // A replica that is meant for fewer browsers than its machine could hold says so.
  MAX_CONNECTIONS: z.coerce.number({ error: 'is not a number of connections' }).int('is not a whole number of connections').min(10, 'is less than 10').default(20_000),
  LIVE_HOLD_SECONDS: seconds().default(20),
  // What the docs promise of a membership that ends while somebody listens.
  LIVE_RECHECK_SECONDS: seconds().max(10, 'is more than 10').default(10),
})

export type Environment = z.infer<typeof schema>

export class EnvironmentError extends Error {}

/**
 * Reads and checks the variables; an empty one counts as not set.
 * Throws EnvironmentError, whose message is one sentence for the operator and holds no value.
 */
export function readEnvironment(): Environment {
  return complete(read(schema, {
    DATABASE_URL: process.env.DATABASE_URL,
    DATABASE_MIGRATION_URL: process.env.DATABASE_MIGRATION_URL,
    ELECTRIC_URL: process.env.ELECTRIC_URL,
    ELECTRIC_API_KEY: process.env.ELECTRIC_API_KEY,
    ELECTRIC_API_KEY_NEXT: process.env.ELECTRIC_API_KEY_NEXT,
    NUXT_SESSION_PASSWORD: process.env.NUXT_SESSION_PASSWORD,
    NUXT_SESSION_PASSWORD_OLD: process.env.NUXT_SESSION_PASSWORD_OLD,
    PGLITE_DB_NAME: process.env.PGLITE_DB_NAME,
    DEMO: process.env.DEMO,
    PUBLIC_URL: process.env.PUBLIC_URL,
    SIGN_UP: process.env.SIGN_UP,
    INVITE_DAYS: process.env.INVITE_DAYS,
    RETENTION_DAYS: process.env.RETENTION_DAYS,
    IMPORT_LIMIT_MB: process.env.IMPORT_LIMIT_MB,
    MAIL_URL: process.env.MAIL_URL,
    MAIL_FROM: process.env.MAIL_FROM,
    METRICS_PORT: process.env.METRICS_PORT,
    METRICS_HOST: process.env.METRICS_HOST,
    LOG_LEVEL: process.env.LOG_LEVEL,
    DRAIN_SECONDS: process.env.DRAIN_SECONDS,
    TRUSTED_PROXIES: process.env.TRUSTED_PROXIES,
    LEASE_DAYS: process.env.LEASE_DAYS,
    MAX_CONNECTIONS: process.env.MAX_CONNECTIONS,
    LIVE_HOLD_SECONDS: process.env.LIVE_HOLD_SECONDS,
    LIVE_RECHECK_SECONDS: process.env.LIVE_RECHECK_SECONDS,
  }))
}

/** Mail that has no sender, or links in it that lead nowhere, helps nobody. */
function complete(read: Environment): Environment {
  if (read.MAIL_URL && !read.MAIL_FROM) throw new EnvironmentError('MAIL_FROM is not set but MAIL_URL is.')
  if (read.MAIL_URL && !read.PUBLIC_URL) throw new EnvironmentError('PUBLIC_URL is not set but MAIL_URL is: the links in letters are made from it.')
  return read
}

const databases = { DATABASE_URL: true, DATABASE_MIGRATION_URL: true } as const

/** The part of it that a process needs which only migrates. Throws as readEnvironment does. */
export function readDatabases(): Pick<Environment, keyof typeof databases> {
  return read(schema.pick(databases), { DATABASE_URL: process.env.DATABASE_URL, DATABASE_MIGRATION_URL: process.env.DATABASE_MIGRATION_URL })
}

const addresses = { ...databases, ELECTRIC_URL: true, ELECTRIC_API_KEY: true, ELECTRIC_API_KEY_NEXT: true } as const

/** Checks addresses that were found elsewhere, by the same rules. Throws as readEnvironment does. */
export function readAddresses(given: Partial<Record<keyof typeof addresses, string | undefined>>): Pick<Environment, keyof typeof addresses> {
  return read(schema.pick(addresses), given)
}

function read<Out>(wanted: z.ZodType<Out>, given: Record<string, string | undefined>): Out {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = wanted.safeParse(set)
  if (parsed.success) return parsed.data
  const problem = parsed.error.issues[0]
  const name = String(problem?.path[0])
  throw new EnvironmentError(name in set ? `${name} ${problem?.message}.` : `${name} is not set.`)
}

/** What Electric may take for its secret: two while the operator is changing it, because Electric knows one at a time. */
export const electricKeysOf = ({ ELECTRIC_API_KEY, ELECTRIC_API_KEY_NEXT }: Pick<Environment, 'ELECTRIC_API_KEY' | 'ELECTRIC_API_KEY_NEXT'>): string[] =>
  [...new Set([ELECTRIC_API_KEY, ...ELECTRIC_API_KEY_NEXT ? [ELECTRIC_API_KEY_NEXT] : []])]

let known: Environment | undefined

/** The checked variables; read once, because they do not change while the server runs. */
export function environment(): Environment {
  known ??= readEnvironment()
  return known
}

/** Whether anybody may make an account; an invite opens the way in where not. */
export function signUpOpen(): boolean {
  const { SIGN_UP, DEMO } = environment()
  return SIGN_UP === undefined ? DEMO : SIGN_UP === 'on'
}
