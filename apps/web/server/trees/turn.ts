import { Refusal } from '../http/refusal'

/** Imports that run in this process. Each reads files and holds a connection: more at once would slow everybody. */
const MOST = 3
const running = new Set<string>()

/** Takes the place of a company's one import. Throws `import_running`. Out: how to give it back, once. */
export function takeImportTurn(company: string): () => void {
  if (running.has(company) || running.size >= MOST) throw new Refusal('import_running')
  running.add(company)
  let isOver = false
  return () => {
    // Said again later it would give back the place of the next import.
    if (!isOver) running.delete(company)
    isOver = true
  }
}
