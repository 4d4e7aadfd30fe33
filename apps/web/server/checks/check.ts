/**
 * What a look found. `failed` is a mistake of configuration, which nothing but a person mends; `away` is what may be
 * there in a moment.
 */
export type Status = 'ok' | 'warning' | 'failed' | 'away'

export interface Finding {
  /** What was looked at, in a word or two. */
  name: string
  status: Status
  /** What it is; where that is not well, also the cure. Never a secret. */
  sentence: string
}

/** One thing that must be so, of a subject that was reached. Throws what reaching it throws. */
export interface Check<Subject> {
  readonly name: string
  look(subject: Subject): Promise<Verdict> | Verdict
}

export type Verdict = Omit<Finding, 'name'>

export const ok = (sentence: string): Verdict => ({ status: 'ok', sentence })
export const warning = (sentence: string): Verdict => ({ status: 'warning', sentence })
export const failed = (sentence: string): Verdict => ({ status: 'failed', sentence })
export const away = (sentence: string): Verdict => ({ status: 'away', sentence })

/** Where everything stands, as it was given; the migrations are those of the code that asks. */
export interface Place {
  databaseUrl: string
  /** The owner of the tables, where that is another role. */
  ownerUrl?: string | undefined
  electricUrl: string
  /** Any of them: while it is being changed there are two, and Electric knows one. */
  electricKeys: readonly string[]
  migrations: string
}

/** What of an address may be said: where it leads, not who goes there. */
export function placeOf(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url)
  const usual = protocol.startsWith('postgres') ? '5432' : ''
  return `${hostname}${port || usual ? `:${port || usual}` : ''}${pathname === '/' ? '' : pathname}`
}
