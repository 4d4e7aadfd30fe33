// #region
import { useWorkspaceSync } from '#imports'

/** Deletes folders with all that lies under them, and says how to take that back. */
export function useFolderBin(companyId: () => string) {
  const { deleteFolders, restore } = useWorkspaceSync(companyId)
  return async (ids: readonly string[]) => {
    const { id, saved } = deleteFolders(ids)
    await saved
    return () => restore(id).saved
  }
}
// #endregion
