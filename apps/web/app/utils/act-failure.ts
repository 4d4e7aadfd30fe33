import { ServerError } from './server-api'

/** What went wrong with an act: a sentence, what to do next, and sentences for single fields. */
export interface ActFailure {
  code?: string
  message: string
  next: string
  fields: Record<string, string>
}

/** Reads what an act or a verb threw; an error of our own program is said as one, without its text. */
export function actFailure(error: unknown): ActFailure {
  if (isFailure(error)) return { code: error.code, message: error.message, next: error.next, fields: error.fields ?? {} }
  const { code, message, next } = new ServerError({ code: 'internal', message: 'Something went wrong on this page.', next: 'Try again; if it stays, reload the page.' })
  return { code, message, next, fields: {} }
}

function isFailure(error: unknown): error is { message: string, next: string, code?: string, fields?: Record<string, string> } {
  return error instanceof Error && 'next' in error && typeof error.next === 'string'
}
