import { sql } from 'drizzle-orm'
import { readTree, type TreeFile } from '../../shared/trees/read'
import type { ImportReport } from '../../shared/trees/progress'
import { surveyTree } from '../../shared/trees/survey'
import type { TreeEntry, TreeWorkspace } from '../../shared/trees/tree'
import type { Transaction } from '../db/door'
import { gunzip } from './gunzip'
import { TreePlacer } from './placer'

/** Enough that the round trips do not count, few enough that nobody waits long for the locks. */
const BATCH = 5_000

export interface TreeImport {
  company: string
  /** Opens the file anew each time: it is read twice. */
  open: () => TreeFile
  /** Runs `work` in a transaction of its own, as whoever imports. */
  transact: <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>
  /** What every transaction begins with: whoever imports must still be allowed to. */
  authorise?: (tx: Transaction) => Promise<unknown>
  audit: ImportAudit
}

export interface ImportAudit {
  /** In the first transaction that writes: nothing is made that the audit does not know of. */
  began: (tx: Transaction, lines: number) => Promise<void>
  /** @param whole false where it broke off, or whoever asked has gone */
  ended: (tx: Transaction, report: ImportReport, whole: boolean) => Promise<void>
}

/** Thrown where an import broke off: what was made until then stays, and the next import finds it. */
export class ImportBroken extends Error {
  readonly report: ImportReport

  constructor(cause: unknown, report: ImportReport) {
    super('The import broke off.', { cause })
    this.report = report
  }
}

/**
 * Imports a file of folder trees into a company. The file is read through first, so that one that is refused whole
 * leaves nothing behind (throws TreeFileError); then its folders come in batches, and a killed import is finished by the
 * next one of the same file. Yields how far it is, returns what it did. Throws ImportBroken in the middle.
 */
export async function* importTree({ company, open, transact, authorise, audit }: TreeImport): AsyncGenerator<{ done: number, of: number }, ImportReport> {
  const { lines: of } = await surveyTree({ ...open(), inflate: gunzip })
  const placer = new TreePlacer(company)
  let isFirst = true
  let isOver = false

  const end = async (whole: boolean) => {
    isOver = true
    await transact(tx => audit.ended(tx, placer.report, whole))
  }
  const place = async (workspaces: readonly TreeWorkspace[], entries: readonly TreeEntry[]) => {
    const did = await transact(async (tx) => {
      await authorise?.(tx)
      // One batch of a company after the other: what one import makes, the other one finds.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`import ${company}`}, 0))`)
      if (isFirst) await audit.began(tx, of)
      return placer.place(tx, workspaces, entries)
    })
    isFirst = false
    placer.settle(did)
  }

  try {
    let pending: TreeEntry[] = []
    let done = 0
    let workspaces: readonly TreeWorkspace[] = []
    for await (const part of readTree({ ...open(), inflate: gunzip })) {
      placer.refuse(part.refusals)
      pending.push(...part.entries)
      workspaces = part.workspaces
      done = part.lines
      while (pending.length >= BATCH) {
        await place(metUntil(workspaces, pending[BATCH - 1]), pending.slice(0, BATCH))
        pending = pending.slice(BATCH)
        yield { done: done - pending.length, of }
      }
    }
    await place(workspaces, pending)
    yield { done, of }
    await end(true)
    return placer.report
  }
  catch (error) {
    throw new ImportBroken(error, placer.report)
  }
  finally {
    // The database may be what failed: then the audit has the beginning alone.
    if (!isFirst && !isOver) await end(false).catch(() => undefined)
  }
}

/** The workspaces that the file names up to a folder: those behind it come with the next batch. */
const metUntil = (workspaces: readonly TreeWorkspace[], last: TreeEntry | undefined) => workspaces.slice(0, (last?.workspace ?? -1) + 1)
