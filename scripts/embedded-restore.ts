// A file of `pnpm embedded:backup` in the place of the database. The stack may run or be stopped.
import { join, resolve } from 'node:path'
import { examine, restore } from '../apps/embedded/backup/restore.ts'
import { withServer } from '../apps/embedded/backup/server.ts'
import { readCommand, refusing, withProgress } from './embedded/command'
import { pruneBackups } from './embedded/kept'
import { appSchema } from './embedded/schema'
import { Refusal, runMain } from './lib/command.mjs'
import { keptSecrets } from './lib/secrets.mjs'

const USAGE = 'Usage: pnpm embedded:restore [--data FOLDER] [--replace | --discard] FILE'
const OPTIONS = { replace: { type: 'boolean' }, discard: { type: 'boolean' } } as const

await runMain(async (argv) => {
  const { dataDir, file, values } = readCommand(argv, USAGE, 1, OPTIONS)
  if (values.replace && values.discard) throw new Refusal(`--replace and --discard exclude each other. ${USAGE}`)
  const schema = appSchema()
  const source = resolve(file)
  const kept = join(dataDir, 'backups')
  // Of its time: a second restore must not take the place of what was there before the first.
  const backUpTo = join(kept, `before-restore-${new Date().toISOString().replaceAll(/[-:.]/g, '')}.backup`)
  const present = values.discard ? 'discard' : values.replace ? { backUpTo } : 'refuse'
  const { madeAt, migration, tables } = await refusing(() => withProgress(async (say) => {
    // Before anything is made, a cluster or a password: a file that is none leaves an empty folder empty.
    const examined = await examine(source, schema, say)
    return await withServer({ dataDir, makeWith: keptSecrets(dataDir).postgres }, access => restore(access, { schema, file: source, examined, present, onProgress: say }))
  }))
  if (values.replace) pruneBackups(kept, backUpTo, source)
  console.log(`The database is as it was at ${madeAt} (migration ${migration.name}, ${tables.length} tables). Browsers fetch their data anew by themselves.`)
  if (values.replace) console.log(`What was there before is in ${backUpTo}.`)
})
