// Inline in the head of the page: runs before the app's own scripts have come, while nothing else does. It reads what the
// last visit left on the device; the app takes it over (app/utils/head-start), or reads it by itself. It decides nothing:
// what may be shown is the app's to say.
import { answersDirectory, readAnswersText } from '../shared/device/answers-file'
import { leaseDatabaseName, readNoted } from '../shared/lease/store'
import { answersFolder } from '../shared/protocol/leader'
import { DATABASE_NAME_KEY, PERSON_KEY } from '../shared/protocol/pointer'

function stored(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  }
  catch {
    return undefined
  }
}

function begin(userId: string, databaseName: string): void {
  const [folder, database] = [answersFolder(databaseName, userId), leaseDatabaseName(databaseName, userId)]
  const text = answersDirectory(folder, false).then(readAnswersText)
  const noted = readNoted(database)
  // Whoever takes them hears how they end; where nobody does, nobody asks.
  for (const promise of [text, noted]) promise.catch(() => undefined)
  globalThis.headStart = { answers: { folder, text }, lease: { database, noted } }
}

const person = stored(PERSON_KEY) as { id?: unknown } | null | undefined
const databaseName = stored(DATABASE_NAME_KEY)
if (typeof person?.id === 'string' && typeof databaseName === 'string') begin(person.id, databaseName)
