import { ANSWERS, readAnswer } from '#shared/protocol/answers'
import { DATABASE_USER_HEADER } from '#shared/protocol/sync'
import { importType } from '#shared/trees/media'
import type { ImportLine, ImportReport } from '#shared/trees/progress'
import { owedSessionsFirst } from './finish-sign-outs'
import { ServerError } from './server-api'

/** The answer ended before its last line: the server, or the way to it, went away. What was made until then stays. */
export class ImportCutOff extends Error {
  readonly next = 'Import the same file again: what is there by then is found, and the rest is made.'
}

export interface ImportAnswer {
  report: ImportReport
  /** Why it broke off; undefined where it came to its end. */
  broken: ServerError | undefined
}

/**
 * Sends a file of folder trees to a company and tells how far the server is. Throws a ServerError where nothing was taken,
 * ImportCutOff where nobody knows.
 */
export async function sendImport(
  { company, userId, file, progress, signal }: { company: string, userId: string, file: File, progress: (done: number, of: number) => void, signal: AbortSignal },
): Promise<ImportAnswer> {
  const path = `/api/companies/${encodeURIComponent(company)}/import?${new URLSearchParams({ file: file.name })}`
  await owedSessionsFirst()
  // No limit of time: how long a file takes is between the two, and the bar shows that it goes on.
  const answer = await fetch(path, {
    method: 'POST', body: file, signal,
    headers: { 'accept': 'application/x-ndjson, application/json', 'content-type': importType(file.name), [DATABASE_USER_HEADER]: userId },
  }).catch(() => undefined)
  if (!answer) throw new ServerError()
  if (!answer.ok || !answer.body) {
    const { sentence, next } = ANSWERS.internal
    throw new ServerError(readAnswer(await answer.json().catch(() => undefined)) ?? { code: 'internal', message: sentence, next })
  }
  for await (const line of linesOf(answer.body)) {
    if (line.kind === 'progress') progress(line.done, line.of)
    else return { report: line.report, broken: line.kind === 'broken' ? new ServerError(line.error) : undefined }
  }
  throw new ImportCutOff('The import was cut off.')
}

async function* linesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ImportLine> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as ImportLine
  }
}
