import { PGlite } from '@electric-sql/pglite'
import type { Answer, Question } from './database-in-worker'

// One tab's alone. PGlite's own worker is for a database that tabs share: it elects a leader, and where one cannot begin it
// tries again without a pause, which is thousands of requests a minute.
const opening = PGlite.create('memory://')
// Said to whoever asks.
opening.catch(() => {})

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  void answer(data).then(result => postMessage(result))
})

async function answer({ n, method, sql, params }: Question): Promise<Answer> {
  try {
    const database = await opening
    if (method === 'query') return { n, rows: (await database.query(sql, params)).rows }
    await database.exec(sql)
    return { n, rows: [] }
  }
  catch (error) {
    return { n, error: error instanceof Error ? error.message : String(error) }
  }
}
