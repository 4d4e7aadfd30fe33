import { computed, type ComputedRef } from 'vue'
import { v7 as uuid } from 'uuid'
import { chainsOf } from '#shared/journal/chains'
import type { JournalEntry } from '#shared/journal/entry'
import { folderRestore } from '#shared/mutations/folder'
import { currentMutation } from '#shared/mutations/index'
import { inTodaysWords } from '#shared/mutations/reading'
import { workspaceRestore } from '#shared/mutations/workspace'
import { changedText, restorableOf } from '../utils/change-words'
import type { JournalAccess } from '../utils/journal-access'
import { createMutate } from '../utils/mutate'
import { ServerError } from '../utils/server-api'
import { useAccount } from './useAccount'
import { useJournal } from './useJournal'
import { useUndo } from './useUndo'

export interface Changes {
  /** Not decided yet, in the order in which they go out. */
  readonly waiting: ComputedRef<readonly JournalEntry[]>
  /** Those of them that wait for one that was decided against. */
  readonly held: ComputedRef<ReadonlySet<string>>
  /** Whether they wait until the person signs in again. */
  readonly parked: JournalAccess['parked']
  readonly conflicts: ComputedRef<readonly JournalEntry[]>
  readonly refused: ComputedRef<readonly JournalEntry[]>
  /** Done in the last day, the latest first. */
  readonly done: ComputedRef<readonly JournalEntry[]>
  /** Sends it again as it is; over what somebody else made of it meanwhile. */
  readonly sendAgain: (entry: JournalEntry) => Promise<void>
  /** Sends it with another text. */
  readonly sendText: (entry: JournalEntry, text: string) => Promise<void>
  /** Sends what makes or moves folders with another place for them. */
  readonly sendTo: (entry: JournalEntry, place: { workspaceId: string, parentId: string | null }) => Promise<void>
  /** Restores what was deleted under it, and sends it again; needs the server. Rejects with a ServerError. */
  readonly restoreFirst: (entry: JournalEntry) => Promise<void>
  /** Gives it up. */
  readonly discard: (entries: readonly JournalEntry[]) => Promise<void>
  /** Keys of deletions among those that wait or are done, of which none has been restored from here since. */
  readonly restorable: ComputedRef<ReadonlySet<string>>
  /** Takes one back; offline too. */
  readonly restore: (entry: JournalEntry) => Promise<void>
  /** All that is not done, as a file of JSON. */
  readonly exported: () => File
}

/** This person's edits on this device, and what can be done with those that were decided against. */
export function useChanges(): Changes {
  const journal = useJournal()
  const { person } = useAccount()
  const { takeBack } = useUndo()
  // Past the journal: where this is refused, the edit that it is for still stands there and says so.
  const mutateNow = createMutate(() => person.value)
  const ofState = (...states: JournalEntry['state'][]) => computed(() => journal.entries.value.filter(({ state }) => states.includes(state)))
  const [waiting, conflicts, refused, done] = [ofState('waiting'), ofState('conflict'), ofState('refused'), ofState('applied', 'done')]
  const hasRefused = computed(() => conflicts.value.length + refused.value.length > 0)

  /** What another one made of the field is what this one is made from now: asked for once, it is not asked again. */
  function again({ mutation: sent, about, answer }: JournalEntry, change: Record<string, unknown> = {}) {
    const mutation = inTodaysWords(sent)
    const input = { ...mutation.input, ...change }
    const base = answer?.theirs ? { ...mutation.base, ...answer.theirs } : mutation.base
    return { mutation: { ...mutation, id: uuid(), input, ...base && { base } }, about, at: Date.now() }
  }

  return {
    waiting, conflicts, refused, parked: journal.parked,
    done: computed(() => done.value.toReversed()),
    held: computed(() => new Set(hasRefused.value ? chainsOf(journal.entries.value).held.keys() : [])),
    async sendAgain(entry) { await journal.resend(entry.mutation.id, again(entry)) },
    async sendText(entry, text) {
      const changed = changedText(entry)
      await journal.resend(entry.mutation.id, again(entry, changed && { [changed.field]: text }))
    },
    async sendTo(entry, { workspaceId, parentId }) {
      await journal.resend(entry.mutation.id, again(entry, { workspace_id: workspaceId, parent_id: parentId }))
    },
    async restoreFirst(entry) {
      const { answer, mutation: { company, name } } = entry
      const { deletion_id: deletion } = answer ?? {}
      if (deletion === undefined) return
      // What went with a workspace comes back with it alone; which of the two it was, the server knows.
      const restores = name.startsWith('workspace.') ? [workspaceRestore] : [folderRestore, workspaceRestore]
      for (const restore of restores) {
        try {
          await mutateNow(restore, { deletion_id: deletion }, { company }).settled
          break
        }
        catch (error) {
          // Of the other kind, or somebody has restored it meanwhile.
          if (!(error instanceof ServerError) || (error.code !== 'not_found' && error.code !== 'parent_deleted')) throw error
        }
      }
      await journal.resend(entry.mutation.id, again(entry))
    },
    restorable: computed(() => restorableOf(journal.entries.value)),
    restore({ mutation: sent, about }) {
      const { id, name, input, company } = inTodaysWords(sent)
      return takeBack(id, { mutation: currentMutation(name), input, about, was: {}, ...company !== undefined && { company } })
    },
    discard: entries => journal.discard(entries.map(({ mutation }) => mutation.id)),
    exported() {
      const entries = [...conflicts.value, ...refused.value, ...waiting.value].map(({ mutation, about, at, state, answer }) => ({ ...mutation, about, made: new Date(at).toISOString(), state, answer }))
      return new File([JSON.stringify(entries, null, 2)], 'changes.json', { type: 'application/json' })
    },
  }
}
