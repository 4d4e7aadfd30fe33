import { computed, readonly, shallowReadonly, shallowRef, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { NotTsvError } from '#shared/trees/export'
import type { ActFailure } from '../utils/act-failure'
import { download } from '../utils/download'
import { exportWorkspace, type ExportFormat } from '../utils/export-workspace'
import { usePGLite } from './usePGLite'
import { useCompanyShapesSync } from './useShapesSync'

export interface WorkspaceExport {
  /** The local copy holds the whole tree: a part of it would look like all of it in a file. */
  readonly ready: ComputedRef<boolean>
  /** Folders read so far; undefined while nothing is exported. */
  readonly reading: Readonly<Ref<number | undefined>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  /** Writes a file and gives it to the person. Out: its name, or undefined where it failed. */
  readonly save: (format: ExportFormat) => Promise<string | undefined>
}

/** A workspace of the local copy as a file; works offline. */
export function useWorkspaceExport(companyId: MaybeRefOrGetter<string | undefined>, workspaceId: MaybeRefOrGetter<string | undefined>): WorkspaceExport {
  const pglite = usePGLite()
  const { complete } = useCompanyShapesSync(companyId, ['workspaces', 'folders'])
  const reading = shallowRef<number>()
  const failure = shallowRef<ActFailure>()

  async function save(format: ExportFormat) {
    const workspace = toValue(workspaceId)
    if (!workspace || reading.value !== undefined) return undefined
    reading.value = 0
    failure.value = undefined
    try {
      const file = await exportWorkspace(pglite, workspace, format, (folders) => { reading.value = folders })
      download(file)
      return file.name
    }
    catch (error) {
      failure.value = sentence(error)
      return undefined
    }
    finally {
      reading.value = undefined
    }
  }

  return { ready: computed(() => complete.value && toValue(workspaceId) !== undefined), reading: readonly(reading), failure: shallowReadonly(failure), save }
}

function sentence(error: unknown): ActFailure {
  if (error instanceof NotTsvError) {
    const names = error.names.map(name => `“${name.slice(0, 40)}”`).join(', ')
    return {
      message: `${error.count === 1 ? 'One name' : `${error.count} names`} cannot be written as TSV: ${names}.`,
      next: 'A slash, a tab or a second folder of one name has no place in its lines. Export as JSON instead.', fields: {},
    }
  }
  return { message: 'The workspace could not be exported.', next: 'Try again; if it stays, reload the page.', fields: {} }
}
