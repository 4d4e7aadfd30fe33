// Real folder trees into a company, from the command line. Killed in the middle and run again, it goes on from there.
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { OPERATOR } from '../apps/web/server/account/audit'
import { auditImport } from '../apps/web/server/trees/audit'
import { importTree } from '../apps/web/server/trees/import'
import { LINE_REFUSALS } from '../apps/web/shared/trees/refusals'
import type { ImportReport } from '../apps/web/shared/trees/progress'
import { AdminError, findPlace } from './admin/operator'
import { findCompany, ImportConnection, importSentence } from './import/connection'
import { showProgress } from './import/show-progress'

const USAGE = 'Usage: pnpm import:trees --company SLUG [--data FOLDER] [--database-url URL] FILE.tsv[.gz] (or the .json of an export)'
/** The report names so many lines; the rest is counted. */
const SHOWN = 50
const amount = new Intl.NumberFormat('en')

function wanted() {
  try {
    const { values, positionals: [file, ...more] } = parseArgs({
      allowPositionals: true,
      options: { 'company': { type: 'string' }, 'data': { type: 'string' }, 'database-url': { type: 'string' } },
    })
    if (!values.company || !file || more.length > 0) throw new Error('Give one company and one file.')
    return { slug: values.company, file, url: values['database-url'], data: values.data }
  }
  catch (error) {
    throw new AdminError(`${error instanceof Error ? error.message : String(error)} ${USAGE}`)
  }
}

function told({ workspaces, folders, refused }: ImportReport): string[] {
  const lines = refused.lines.slice(0, SHOWN).map(({ line, code }) => `  line ${line}: ${LINE_REFUSALS[code]}`)
  if (refused.total > lines.length) lines.push(`  and ${amount.format(refused.total - lines.length)} more`)
  return [
    `Made ${amount.format(workspaces.made)} workspaces and ${amount.format(folders.made)} folders.`,
    `Existed: ${amount.format(workspaces.existed)} workspaces and ${amount.format(folders.existed)} folders.`,
    `Refused: ${amount.format(refused.total)} lines${refused.total > 0 ? ':' : '.'}`, ...lines,
  ]
}

let connection: ImportConnection | undefined
try {
  const { slug, file, url, data } = wanted()
  connection = await ImportConnection.open(url ?? findPlace(data).databaseUrl)
  const company = await findCompany(connection, slug)
  const report = await showProgress(importTree({
    company,
    open: () => ({ chunks: createReadStream(file), name: basename(file) }),
    transact: work => connection!.transact(company, work),
    audit: auditImport(company, OPERATOR, basename(file)),
  }))
  for (const line of told(report)) console.log(line)
  // Something of the file is not there: a script that goes on must be able to see it.
  if (report.refused.total > 0) process.exitCode = 2
}
catch (error) {
  for (const line of importSentence(error, told)) console.error(line)
  process.exitCode = 1
}
finally {
  await connection?.close()
}
