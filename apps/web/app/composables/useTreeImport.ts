import { computed, onScopeDispose, readonly, shallowReadonly, shallowRef, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import type { ImportReport } from '#shared/trees/progress'
import { TreeFileError } from '#shared/trees/refusals'
import { surveyTree, type Survey } from '#shared/trees/survey'
import { importName, importType } from '#shared/trees/media'
import type { TreeEntry } from '#shared/trees/tree'
import { actFailure, type ActFailure } from '../utils/act-failure'
import { sendImport } from '../utils/import-request'
import { useAccount } from './useAccount'

/** The first lines of a file as they will hang in the tree. */
export interface PreviewLine { node: number, workspace: string, name: string, level: number }

export type ImportStage = 'choose' | 'reading' | 'preview' | 'importing' | 'done'

export interface TreeImportFlow {
  /**
   *   choose ── file ──▶ reading ── it can be taken ──▶ preview ── start ──▶ importing ── end ──▶ done
   *     ▲                   │ it cannot                    │ another file        │ nothing taken
   *     └───────────────────┴──────────────────────────────┘◀────────────────────┘
   */
  readonly stage: Readonly<Ref<ImportStage>>
  readonly fileName: ComputedRef<string>
  readonly survey: Readonly<Ref<Survey | undefined>>
  readonly preview: Readonly<Ref<readonly PreviewLine[]>>
  /** Lines that the server has worked through. */
  readonly progress: Readonly<Ref<{ done: number, of: number }>>
  readonly report: Readonly<Ref<ImportReport | undefined>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  /** Reads a file in the browser; nothing is sent. */
  readonly choose: (file: File) => Promise<void>
  /** Sends the file that was read. */
  readonly start: () => Promise<void>
  readonly reset: () => void
}

const PREVIEWED = 200

class Superseded extends Error {}

/** Takes a file of folder trees through preview and import into a company. For its owners and admins. */
export function useTreeImport(companyId: MaybeRefOrGetter<string>): TreeImportFlow {
  const { person } = useAccount()
  const stage = shallowRef<ImportStage>('choose')
  const file = shallowRef<File>()
  const survey = shallowRef<Survey>()
  const preview = shallowRef<readonly PreviewLine[]>([])
  const progress = shallowRef({ done: 0, of: 0 })
  const report = shallowRef<ImportReport>()
  const failure = shallowRef<ActFailure>()
  const leaving = new AbortController()
  onScopeDispose(() => {
    reset()
    leaving.abort()
  })

  function reset() {
    file.value = undefined
    stage.value = 'choose'
    survey.value = undefined
    preview.value = []
    progress.value = { done: 0, of: 0 }
    report.value = undefined
    failure.value = undefined
  }

  async function choose(chosen: File) {
    reset()
    file.value = chosen
    stage.value = 'reading'
    const lines: PreviewLine[] = []
    const levels = new Map<number, number>()
    try {
      const read = await surveyTree({ chunks: chunksOf(chosen), name: importName(chosen.name, importType(chosen.name)) }, ({ entries, workspaces }) => {
        if (file.value !== chosen) throw new Superseded()
        for (const entry of entries.slice(0, PREVIEWED - lines.length)) {
          levels.set(entry.node, levelOf(entry, levels))
          lines.push({ node: entry.node, workspace: workspaces[entry.workspace]?.name ?? '', name: entry.name, level: levels.get(entry.node) ?? 1 })
        }
      })
      if (file.value !== chosen) return
      survey.value = read
      preview.value = lines
      stage.value = 'preview'
    }
    catch (error) {
      if (file.value !== chosen) return
      stage.value = 'choose'
      failure.value = error instanceof TreeFileError
        ? { message: error.message, next: 'Nothing was imported. Correct the file, or choose another one.', fields: {} }
        : { message: 'The file cannot be read.', next: 'Choose it again; it may have been moved or changed.', fields: {} }
    }
  }

  async function start() {
    const { value: sent } = file
    const { value: who } = person
    if (!sent || !who || stage.value !== 'preview') return
    stage.value = 'importing'
    failure.value = undefined
    progress.value = { done: 0, of: survey.value?.lines ?? 0 }
    try {
      const answer = await sendImport({
        company: toValue(companyId), userId: who.id, file: sent, signal: leaving.signal,
        progress: (done, of) => { progress.value = { done, of } },
      })
      report.value = answer.report
      failure.value = answer.broken && { ...actFailure(answer.broken), next: 'Import the same file again: what is there is found, and the rest is made.' }
      stage.value = 'done'
    }
    catch (error) {
      const { message, next, fields } = actFailure(error)
      failure.value = { message: fields.file ?? message, next, fields }
      stage.value = 'preview'
    }
  }

  return {
    stage: readonly(stage), fileName: computed(() => file.value?.name ?? ''), survey: shallowReadonly(survey),
    preview: shallowReadonly(preview), progress: shallowReadonly(progress), report: shallowReadonly(report),
    failure: shallowReadonly(failure), choose, start, reset,
  }
}

const levelOf = ({ parent }: TreeEntry, levels: ReadonlyMap<number, number>) => (levels.get(parent) ?? 0) + 1

/** A file in pieces, with a pause between them in which the page can paint and be used. */
async function* chunksOf(file: File): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
    await new Promise(resolve => setTimeout(resolve))
  }
}
