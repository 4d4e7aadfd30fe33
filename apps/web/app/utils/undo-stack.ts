import { v7 as uuid } from 'uuid'
import { currentMutation } from '#shared/mutations/index'
import type { AnyMutation, MutationInput, Step, Was } from '#shared/mutations/mutation'
import type { Mutate, Saving } from './mutate'

/** An edit as it was made on this page. */
export interface Made {
  readonly mutation: Pick<AnyMutation, 'inverse'>
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
  readonly clear: () => void
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
  let undos: Turn[] = []
  let redos: Turn[] = []

  /** An edit that could not be noted, or that was decided against, never happened: nothing takes it back. */
  function forgetRefused(saving: Saving): void {
    const forget = () => {
      undos = undos.filter(({ ids }) => !ids.includes(saving.id))
      redos = redos.filter(({ ids }) => !ids.includes(saving.id))
    }
    saving.saved.catch(forget)
    saving.settled.catch(forget)
  }

  /** Makes the steps of a turn. Out: what takes them back in turn. */
  function make({ company, about, steps }: Turn): { turn: Turn | undefined, savings: Saving[] } {
    const savings: Saving[] = []
    const back: Step[] = []
    for (const { name, id, input, base, was = {} } of steps) {
      const mutation = currentMutation(name)
      savings.push(mutate(mutation, input, { id, company, about, ...base && { base } }))
      back.unshift(...mutation.inverse?.(input, was, uuid) ?? [])
    }
    const turn = back.length === 0 ? undefined : { ids: savings.map(({ id }) => id), about, steps: back, ...company !== undefined && { company } }
    savings.forEach(forgetRefused)
    return { turn, savings }
  }

  const withId = (id: string) => undos.find(({ ids }) => ids.includes(id))

  function takeBack(turn: Turn | undefined): TakenBack | undefined {
    if (!turn) return undefined
    undos = undos.filter(one => one !== turn)
    const { turn: again, savings } = make(turn)
    if (again) redos.push(again)
    return { about: turn.about, savings }
  }

  return {
    made(edit, saving) {
      const turn = turnOf(saving.id, edit)
      redos = []
      if (!turn) return
      undos = [...undos.slice(1 - LIMIT), turn]
      forgetRefused(saving)
    },
    undo: id => takeBack(id === undefined ? undos.at(-1) : withId(id)),
    takeBack: (id, edit) => takeBack(withId(id) ?? turnOf(id, edit)),
    redo() {
      const turn = redos.pop()
      if (!turn) return undefined
      const { turn: back, savings } = make(turn)
      if (back) undos.push(back)
      return { about: turn.about, savings }
    },
    clear() {
      undos = []
      redos = []
    },
  }
}

function turnOf(id: string, { mutation, input, company, about = '', was }: Made): Turn | undefined {
  const steps = mutation.inverse?.(input, was, uuid)
  return steps && steps.length > 0 ? { ids: [id], about, steps, ...company !== undefined && { company } } : undefined
}
