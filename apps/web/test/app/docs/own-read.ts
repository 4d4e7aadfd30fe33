// #region
import { useLiveRows } from '#imports'
import * as z from 'zod/mini'
import { defineRead, uuid } from '#shared/reads/read'

export const longNamesRead = defineRead<{ id: string, name: string }>()({
  name: 'folders-with-long-names',
  views: ['folders'], // when one of these changes, the read runs again
  input: { workspace: uuid(), letters: z.int() }, // checked at both ends; $1, $2, … in this order
  scope: { view: 'workspaces', id: 'workspace' }, // whose rows: those of this workspace's company
  sql: `
    SELECT id, name FROM app_read.folders
    WHERE workspace_id = $1::uuid AND length(name) > $2::int
    ORDER BY name, id LIMIT 50`,
})

/** Nothing is asked for while the workspace is not known. */
export const useLongNames = (workspace: () => string | undefined) => useLiveRows(longNamesRead, () => {
  const id = workspace()
  return id === undefined ? undefined : { workspace: id, letters: 40 }
})
// #endregion
