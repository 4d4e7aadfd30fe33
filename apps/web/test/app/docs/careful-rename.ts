// #region
import { useWorkspaceSync } from '#imports'
import { ServerError } from '~/utils/server-api'

/** Renames a folder, unless somebody else has done so since the person began. Out: what to tell them; undefined where it went well. */
export function useCarefulRename(companyId: () => string) {
  const { renameFolder } = useWorkspaceSync(companyId)
  return async (folder: { id: string, name: string }, name: string) => {
    try {
      await renameFolder(folder.id, name, { before: folder.name }).saved
    }
    catch (error) {
      if (!(error instanceof ServerError)) throw error
      return `${error.message} ${error.fields.name ?? error.next}`
    }
  }
}
// #endregion
