import { exportedFoldersRead, exportedWorkspaceRead } from '#shared/reads/export'
import { exportJson, exportTsv, type ExportRow } from '#shared/trees/export'
import type { PGliteAccess } from './pglite-access'

export type ExportFormat = 'tsv' | 'json'

/** Few enough that no other query of the browser waits long for one. */
const SLICE = 2_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * Reads a workspace out of the local copy, slice by slice, and writes it as a file that an import takes. Works offline.
 * Throws NotTsvError where TSV cannot say it, a PGliteError where the copy does not answer.
 */
export async function exportWorkspace(pglite: Pick<PGliteAccess, 'read'>, workspace: string, format: ExportFormat, progress: (folders: number) => void): Promise<File> {
  const [head] = await pglite.read(exportedWorkspaceRead, { workspace })
  if (!head) throw new Error('This workspace is not here.')
  const rows: ExportRow[] = []
  for (let after = FIRST; ;) {
    const slice = await pglite.read(exportedFoldersRead, { workspace, after, limit: SLICE })
    rows.push(...slice)
    progress(rows.length)
    const last = slice.at(-1)
    if (!last || slice.length < SLICE) break
    after = last.id
  }
  const parts = format === 'tsv' ? exportTsv(head, rows) : exportJson(head, rows)
  return new File(parts, `${fileName(head.name)}.${format}`, { type: format === 'tsv' ? 'text/tab-separated-values' : 'application/json' })
}

/** A name that every system takes for a file. */
const fileName = (name: string) => name.replaceAll(/[\p{Cc}\p{Cs}/\\:*?"<>|]+/gu, '-').replaceAll(/^[. -]+|[. -]+$/g, '').slice(0, 80) || 'workspace'
