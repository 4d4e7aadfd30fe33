import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { drizzle } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { ImportBroken, importTree } from '../../apps/web/server/trees/import'
import type { ImportReport } from '../../apps/web/shared/trees/progress'
import { LINE_REFUSALS, TreeFileError } from '../../apps/web/shared/trees/refusals'

export class SeedError extends Error {}

const NO_AUDIT = { began: async () => undefined, ended: async () => undefined }

/**
 * Imports a file of folder trees, gzipped or not, into a company that is there, within the transaction of the caller: all
 * of it or nothing. Throws SeedError with what is wrong with the file, or with its first wrong line.
 */
export async function plantTree(client: pg.Client, company: string, file: string): Promise<ImportReport> {
  try {
    const report = await planted(client, company, file)
    const [first] = report.refused.lines
    if (first) throw new SeedError(`${file}, line ${first.line}: ${LINE_REFUSALS[first.code]}`)
    return report
  }
  catch (error) {
    if (error instanceof TreeFileError) throw new SeedError(`${file}: ${error.message}`)
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EISDIR', 'EACCES'].includes(String(error.code))) throw new SeedError(`There is no file ${file} that can be read.`)
    throw error instanceof ImportBroken ? error.cause : error
  }
}

async function planted(client: pg.Client, company: string, file: string): Promise<ImportReport> {
  const tx = drizzle(client)
  const running = importTree({
    company, audit: NO_AUDIT,
    open: () => ({ chunks: createReadStream(file), name: basename(file) }),
    transact: work => work(tx),
  })
  for (;;) {
    const { done, value } = await running.next()
    if (done) return value
  }
}
