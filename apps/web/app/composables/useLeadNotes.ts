import { computed, onScopeDispose, shallowRef, watch, type Ref, type WritableComputedRef } from 'vue'

interface Noted { readonly id: string, readonly notes: string }
interface Draft<Lead> { readonly notes: string, readonly from: Lead }

export interface LeadNotes {
  /** What the field shows: what is typed, or what the lead has. */
  readonly notes: WritableComputedRef<string>
  readonly isDirty: Readonly<Ref<boolean>>
  readonly saving: Readonly<Ref<boolean>>
  readonly save: () => Promise<void>
  /** What is typed goes: its lead is erased. */
  readonly forget: () => void
}

/**
 * Notes on a lead while they are typed. They are saved when that is asked for, and when whoever types leaves the lead or the
 * page; what could not be saved then is in the field again when its lead is.
 * @param lead the lead that is open, as it is now; undefined where none is
 * @param write saves notes, made from what the lead had when the typing began. Out: whether they are kept on this device
 */
export function useLeadNotes<Lead extends Noted>(lead: () => Lead | undefined, write: (from: Lead, notes: string) => Promise<boolean>): LeadNotes {
  const draft = shallowRef<Draft<Lead>>()
  const unsaved = new Map<string, Draft<Lead>>()
  const saving = shallowRef(false)
  let running: Promise<Draft<Lead> | undefined> = Promise.resolve(undefined)

  const notes = computed({
    get: () => draft.value?.notes ?? lead()?.notes ?? '',
    set(text) {
      const now = lead()
      if (now) draft.value = { notes: text, from: draft.value?.from ?? now }
    },
  })
  const isDirty = computed(() => draft.value !== undefined && draft.value.notes !== draft.value.from.notes)

  /** Out: what is saved now; undefined where it could not be. */
  async function put(typed: Draft<Lead>): Promise<Draft<Lead> | undefined> {
    return typed.notes === typed.from.notes || await write(typed.from, typed.notes) ? typed : undefined
  }
  /** What was typed meanwhile is made from what is saved by then. */
  const after = (typed: Draft<Lead>, saved: Draft<Lead> | undefined): Draft<Lead> =>
    saved?.from.id === typed.from.id ? { notes: typed.notes, from: { ...typed.from, notes: saved.notes } } : typed

  async function save(): Promise<void> {
    const typed = draft.value
    if (!typed || saving.value) return
    saving.value = true
    running = put(typed)
    const saved = await running
    const now = draft.value
    // What was typed stays where it could not be saved; what was saved stays until the lead shows it, which a first copy does late.
    if (saved && now?.from.id === typed.from.id) draft.value = lead()?.notes === now.notes ? undefined : after(now, saved)
    saving.value = false
  }

  async function leave(): Promise<void> {
    const typed = draft.value
    draft.value = undefined
    if (!typed) return
    const left = saving.value ? after(typed, await running) : typed
    if (!await put(left)) unsaved.set(left.from.id, left)
  }

  watch(() => lead()?.id, (id, before) => {
    if (before !== undefined) void leave()
    const kept = id === undefined ? undefined : unsaved.get(id)
    if (!kept) return
    unsaved.delete(kept.from.id)
    draft.value = kept
  }, { flush: 'sync' })
  watch(() => lead()?.notes, () => { if (!isDirty.value) draft.value = undefined }, { flush: 'sync' })
  onScopeDispose(() => void leave())

  return { notes, isDirty, saving, save, forget() { draft.value = undefined } }
}
