// The data of an embedded stack from an older major of PostgreSQL to the one that this version brings.
import { upgrade } from '../apps/embedded/backup/upgrade.ts'
import { programsOf } from '../apps/embedded/postgres/other-major.ts'
import { readCommand, refusing, withProgress } from './embedded/command'
import { appSchema } from './embedded/schema'
import { runMain } from './lib/command.mjs'

const USAGE = 'Usage: pnpm embedded:upgrade [--data FOLDER] [--leave-others]'

await runMain(async (argv) => {
  const { dataDir, values } = readCommand(argv, USAGE, 0, { 'leave-others': { type: 'boolean' } })
  const { from, to, old } = await refusing(() => withProgress(say => upgrade({
    dataDir,
    schema: appSchema(),
    programs: major => programsOf(major, dataDir, said => console.log(said)),
    leaveOthers: values['leave-others'] === true,
    onProgress: say,
  })))
  if (old === undefined) return console.log(`The data in ${dataDir} are of PostgreSQL ${to}: there is nothing left to do.`)
  console.log(`The data in ${dataDir} are of PostgreSQL ${to} now, every table checked against what it was in ${from}.`)
  console.log(`The old data are kept in ${old}, the old programs in ${dataDir}/postgresql-${from}: delete both when you have seen the app run.`)
})
