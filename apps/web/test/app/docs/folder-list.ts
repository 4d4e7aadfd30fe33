// #region
import { useWorkspaceSync } from '#imports'
import { computed } from 'vue'

/** What a page of a workspace shows: an empty list is told from one that has not come yet. */
export function useFolderNames(companyId: () => string, workspaceId: () => string) {
  const { folders, foldersLoaded, status } = useWorkspaceSync(companyId, { workspace: workspaceId })
  return computed(() => {
    if (!foldersLoaded.value) return status.value === 'offline' ? 'Offline, and not on this device yet' : 'Loading'
    return folders.value.map(folder => folder.name).join(', ') || 'No folders yet'
  })
}
// #endregion
