// Everything that is in the database of an embedded stack, into one file. The stack may run or be stopped.
import { join, resolve } from 'node:path'
import { backUp } from '../apps/embedded/backup/backup.ts'
import { withServer } from '../apps/embedded/backup/server.ts'
import { readCommand, refusing, withProgress } from './embedded/command'
import { pruneBackups } from './embedded/kept'
import { appSchema } from './embedded/schema'
import { Refusal, runMain } from './lib/command.mjs'

const USAGE = 'Usage: pnpm embedded:backup [--data FOLDER] FILE'

await runMain(async (argv) => {
  // The launcher's own call: the name follows from what is about to happen, and old ones go.
  const automatic = argv.includes('--before-migration')
  const { dataDir, file } = readCommand(argv, USAGE, automatic ? 0 : 1, { 'before-migration': { type: 'boolean' } })
  const schema = appSchema()
  const kept = join(dataDir, 'backups')
  const target = automatic ? join(kept, `before-${schema.newest.name}.backup`) : resolve(file)
  const { tables, leftOut } = await refusing(() => withProgress(say => withServer({ dataDir }, access => backUp(access, { schema, file: target, onProgress: say }))))
    .catch((error: unknown) => {
      if (!automatic || !(error instanceof Refusal)) throw error
      throw new Refusal(`No backup could be made before the database is brought to its newest schema, so nothing was changed and the app does not start: ${error.message}`)
    })
  if (automatic) pruneBackups(kept, target)
  console.log(`${tables} tables are in ${target}${automatic ? ', made before the database is brought to its newest schema' : ''}.`)
  if (leftOut.length === 0) return 0
  console.error(`Not in it, because no migration of this project makes it: ${leftOut.join(', ')}.`)
  // Something that is there is not in the file: a script that goes on must be able to see it. A start goes on.
  return automatic ? 0 : 2
})
