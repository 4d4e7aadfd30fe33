import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { H3Event } from 'h3'
import type { ImportLine, ImportReport } from '../../shared/trees/progress'
import { FILE_REFUSALS, TreeFileError } from '../../shared/trees/refusals'
import { toRefusal } from '../http/errors'
import { Refusal } from '../http/refusal'
import { ImportBroken } from './import'

/**
 * Answers with the lines of an import as it goes. What is refused before anything was made (the whole file, a role) is
 * thrown as a plain answer; later the last line tells it. A browser that leaves ends the import after the batch.
 */
export async function answerImport(event: H3Event, running: Running): Promise<void> {
  const first = await running.next().catch((error: unknown) => { throw beforeAnything(error) })
  setResponseHeader(event, 'content-type', 'application/x-ndjson; charset=utf-8')
  // Behind a proxy that gathers answers the bar would stand still.
  setResponseHeader(event, 'x-accel-buffering', 'no')
  event._handled = true
  await pipeline(Readable.from(lines(first, running), { objectMode: true, highWaterMark: 1 }), event.node.res).catch(() => undefined)
}

type Running = AsyncGenerator<{ done: number, of: number }, ImportReport>

async function* lines(first: Awaited<ReturnType<Running['next']>>, running: Running): AsyncGenerator<string, void> {
  const say = (line: ImportLine) => `${JSON.stringify(line)}\n`
  try {
    for (let next = first; ; next = await running.next()) {
      yield say(next.done ? { kind: 'report', report: next.value } : { kind: 'progress', ...next.value })
      if (next.done) return
    }
  }
  catch (error) {
    if (!(error instanceof ImportBroken)) throw error
    yield say({ kind: 'broken', error: toRefusal(error.cause).body, report: error.report })
  }
  finally {
    await running.return(undefined as never)
  }
}

function beforeAnything(error: unknown): unknown {
  if (error instanceof ImportBroken) return error.report.folders.made + error.report.workspaces.made === 0 ? error.cause : error
  return error instanceof TreeFileError ? new Refusal('file_refused', { fields: { file: FILE_REFUSALS[error.code] } }) : error
}
