import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { breadcrumbRead, childFoldersRead, folderRead, topFoldersRead, type BreadcrumbRow, type FolderDetail, type FolderListRow } from '#shared/reads/folders'
import { workspaceRead, workspacesRead, type WorkspaceDetail, type WorkspaceListRow } from '#shared/reads/workspaces'
import { workspaceVerbs, type WorkspaceVerbs } from '../utils/verbs/workspace-verbs'
import { useLiveRows, type LiveRows } from './useLiveRows'
import { useMutate } from './useMutate'
import { useCompanyShapesSync, type SyncContract } from './useShapesSync'

/** Where in a company somebody stands; what is undefined is not read. */
export interface WorkspacePlace {
  workspace?: MaybeRefOrGetter<string | undefined>
  folder?: MaybeRefOrGetter<string | undefined>
}

export interface WorkspaceSync extends SyncContract, WorkspaceVerbs {
  readonly workspaces: LiveRows<WorkspaceListRow>['rows']
  readonly loaded: ComputedRef<boolean>
  /** The workspace stood in. */
  readonly workspace: ComputedRef<Readonly<WorkspaceDetail> | undefined>
  /** The folder stood in, and the way to it from the top (itself last). */
  readonly folder: ComputedRef<Readonly<FolderDetail> | undefined>
  readonly breadcrumb: LiveRows<BreadcrumbRow>['rows']
  /** What lies directly in the folder, or at the top of the workspace where no folder is stood in. */
  readonly folders: ComputedRef<readonly FolderListRow[]>
  readonly foldersLoaded: ComputedRef<boolean>
}

/**
 * A company's workspaces and folders (shapes `company-<id>-workspaces` and `-folders`). The list of workspaces is read
 * where no place is given, the place where one is: a company has thousands of either.
 */
export function useWorkspaceSync(companyId: MaybeRefOrGetter<string | undefined>, place?: WorkspacePlace): WorkspaceSync {
  const company = () => toValue(companyId)
  const workspace = () => toValue(place?.workspace)
  const folder = () => toValue(place?.folder)

  const list = useLiveRows(workspacesRead, () => params({ company: place ? undefined : company() }))
  const here = useLiveRows(workspaceRead, () => params({ workspace: workspace() }))
  const stoodIn = useLiveRows(folderRead, () => params({ folder: folder() }))
  const way = useLiveRows(breadcrumbRead, () => params({ folder: folder() }))
  const top = useLiveRows(topFoldersRead, () => params({ workspace: folder() ? undefined : workspace() }))
  const children = useLiveRows(childFoldersRead, () => params({ workspace: workspace(), parent: folder() }))

  return {
    workspaces: list.rows,
    workspace: computed(() => here.rows.value[0]),
    folder: computed(() => stoodIn.rows.value[0]),
    breadcrumb: way.rows,
    folders: computed(() => folder() ? children.rows.value : top.rows.value),
    loaded: computed(() => list.loaded.value || here.loaded.value),
    foldersLoaded: computed(() => folder() ? children.loaded.value && stoodIn.loaded.value : top.loaded.value),
    ...workspaceVerbs(useMutate(), company),
    ...useCompanyShapesSync(companyId, ['workspaces', 'folders']),
  }
}

/** All of the parameters, or undefined where one is missing. */
function params<Name extends string>(given: Record<Name, string | undefined>): Record<Name, string> | undefined {
  return Object.values(given).includes(undefined) ? undefined : given as Record<Name, string>
}
