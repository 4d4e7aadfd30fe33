import { KeptFile } from '#shared/journal/kept-file'
import { isUnsettled } from '#shared/journal/states'
import { Journal } from '#shared/journal/store'
import { journalName } from '#shared/protocol/device'

/**
 * What a person who leaves leaves of their journal: edits that are not settled, unless they are to go too. Everything
 * else in it is data like any other. Rejects where the browser does not let it be deleted.
 */
export async function leaveJournal(databaseName: string, userId: string, discard = false): Promise<void> {
  const name = journalName(databaseName, userId)
  const isThere = (await indexedDB.databases()).some(({ name: there }) => there === name) || await new KeptFile(name).read() !== undefined
  if (!isThere) return
  if (!discard) {
    const journal = await Journal.open(name)
    try {
      const entries = await journal.all()
      const over = entries.filter(({ state }) => !isUnsettled(state))
      await journal.erase({ whole: over.map(({ mutation }) => mutation.id) })
      // Those of a later version of the app count too: this one cannot tell what they are.
      if (await journal.count() > 0) return
    }
    finally {
      journal.close()
    }
  }
  await Journal.destroy(name)
}
