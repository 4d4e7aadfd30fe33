import { v7 as uuid } from 'uuid'
import { currentMutation } from '#shared/mutations/index'
import type { AnyMutation, MutationInput, Step, Was } from '#shared/mutations/mutation'
import { NotNoted } from './journal-access'
import type { Mutate, Saving } from './mutate'

/** An edit as it was made on this page. */
export interface Made {
  readonly mutation: Pick<AnyMutation, 'name' | 'inverse'>
  readonly input: MutationInput
  readonly company?: string
  readonly about?: string
  /** What the rows held before. */
  readonly was: Was
}

/** What was taken back, or done again. */
export interface TakenBack {
  /** Of the edit that it began with. */
  readonly about: string
  readonly savings: readonly Saving[]
}

export interface UndoStack {
  /** Remembers an edit that can be taken back, until it turns out that it was never made. */
  readonly made: (edit: Made, saving: Saving) => void
  /** Takes the last edit back, or the one of a key; undefined where there is none. */
  readonly undo: (id?: string) => TakenBack | undefined
  /** Takes an edit back that may have been made on another page, or before this one was loaded. */
  readonly takeBack: (id: string, edit: Made) => TakenBack | undefined
  /** Does again what was taken back last. */
  readonly redo: () => TakenBack | undefined
}

/** What one press takes back or does again, and what it is called. */
interface Turn {
  /** Keys of the edits that it is about. */
  readonly ids: readonly string[]
  readonly company?: string
  readonly about: string
  readonly steps: readonly Step[]
}

/** As far back as anybody remembers. */
const LIMIT = 100

/**
 * The edits of this page in their order, and how each is taken back. Taking back is an edit like any other: noted, sent,
 * and in conflict where somebody else has changed the same thing since.
 *
 *   made ──▶ undo stack ── undo ──▶ redo stack
 *                ▲                      │
 *                └───────── redo ───────┘      another edit empties the redo stack
 */
export function createUndoStack(mutate: Mutate): UndoStack {
  const stacks: Record<'undo' | 'redo', Turn[]> = { undo: [], redo: [] }

  const drop = (from: 'undo' | 'redo', isOver: (turn: Turn) => boolean) => {
    stacks[from] = stacks[from].filter(turn => !isOver(turn))
  }

  /** An edit that could not be noted, or that was decided against, never happened: nothing takes it back. */
  function forgetRefused({ id, saved, settled }: Saving): void {
    const forget = () => {
      for (const from of ['undo', 'redo'] as const) drop(from, ({ ids }) => ids.includes(id))
    }
    saved.catch(forget)
    settled.catch(forget)
  }

  /** Makes the steps of the turn that is last there, or of one that is given; what takes them back in turn goes to the other stack. */
  function play(from: 'undo' | 'redo', turn = stacks[from].at(-1)): TakenBack | undefined {
    if (!turn) return undefined
    const { company, about, steps } = turn
    drop(from, one => one === turn)
    const savings: Saving[] = []
    const back: Step[] = []
    for (const step of steps) {
      const { name, id, input, base, was = {} } = step
      const mutation = currentMutation(name)
      // By the name that it has by then.
      const saving = mutate(mutation, input, { id, company, about: typeof base?.name === 'string' ? base.name : about, ...base && { base } })
      savings.push(saving)
      back.unshift(...mutation.inverse?.(input, was, uuid) ?? [])
      // There was no room for it: once there is, the next press makes it.
      saving.saved.catch((error: unknown) => { if (error instanceof NotNoted) stacks[from].push({ ...turn, steps: [step] }) })
    }
    if (back.length > 0) stacks[from === 'undo' ? 'redo' : 'undo'].push({ ...turn, ids: savings.map(({ id }) => id), steps: back })
    savings.forEach(forgetRefused)
    return { about, savings }
  }

  const playIf = (turn: Turn | undefined) => turn && play('undo', turn)
  const withId = (id: string) => stacks.undo.find(({ ids }) => ids.includes(id))

  return {
    made(edit, saving) {
      // What is restored otherwise (from the trash) is no longer there to be restored; and this knows what it was.
      const isThis = ({ steps }: Turn) => steps.some(({ name, input }) => name === edit.mutation.name && input.deletion_id !== undefined && input.deletion_id === edit.input.deletion_id)
      const was = stacks.undo.find(isThis)?.steps[0]?.was
      drop('undo', isThis)
      stacks.redo = []
      const turn = turnOf(saving.id, { ...edit, was: { ...was, ...edit.was } })
      if (!turn) return
      stacks.undo = [...stacks.undo.slice(1 - LIMIT), turn]
      forgetRefused(saving)
    },
    undo: id => id === undefined ? play('undo') : playIf(withId(id)),
    takeBack: (id, edit) => playIf(withId(id) ?? turnOf(id, edit)),
    redo: () => play('redo'),
  }
}

function turnOf(id: string, { mutation, input, company, about = '', was }: Made): Turn | undefined {
  const steps = mutation.inverse?.(input, was, uuid)
  return steps && steps.length > 0 ? { ids: [id], about, steps, ...company !== undefined && { company } } : undefined
}
