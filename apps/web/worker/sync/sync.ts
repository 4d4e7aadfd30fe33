import type { PGliteInterface } from '@electric-sql/pglite'
import { mutations } from '#shared/mutations/index'
import type { ShapeProgress } from '../apply'
import type { ShapeEngine } from '../apply/engine'
import { Pause } from '../transport/pause'
import { ShapeTransport } from '../transport/shape-transport'
import { purgeShapes } from './purge'
import type { Refusal } from './refusal'
import { Refusals } from './refusals'
import { ShapeRun } from './shape-run'
import { StatusTable } from './status'
import { shapesOf, userShapes, visibleShapes, type Membership, type WantedShape } from './wanted'

/** What somebody can edit: another shape that is not whole says nothing about what is shown of edits. */
const EDITED: ReadonlySet<string> = new Set(mutations.map(({ entity }) => entity))

export interface SyncOptions {
  pg: PGliteInterface
  engine: ShapeEngine
  userId: string
  origin: string
  fetch?: typeof fetch
  /** Rows of these tables changed. @param filling a first sync is filling them: more is about to come */
  onChanged: (tables: readonly string[], filling: boolean) => void
  /** What is held here changed: a shape is complete, a company came or went. */
  onHeld?: () => void
  /** What is told of each purge, before and after its rows go: their bytes must go too. */
  purges?: { begins: (shapes: readonly string[]) => Promise<void>, rowsGone: (shapes: readonly string[], held: boolean) => Promise<void> }
  /** Whether a company's data are to be held on this device; all where it is not given. */
  keeps?: (company: string) => boolean
  /** Another person is signed in: this database must be closed. */
  onWrongUser: () => void
  /** The person is no longer in a company: its rows are gone from here. */
  onEnded?: (company: string) => void
  /** The server was heard again after a time without it. */
  onReached?: () => void
  /** The server has spoken to this person: there is a session. */
  onContact?: () => void
}

/**
 * Keeps the shapes running that the user may hold, and no other: the user's own two, and for each row of `memberships`
 * those of its company that the role may see. What the user may no longer hold is stopped and then deleted.
 */
export class Sync {
  readonly #options: SyncOptions
  readonly #transport: ShapeTransport
  readonly #status: StatusTable
  readonly #runs = new Map<string, ShapeRun>()
  readonly #refusals = new Refusals(() => void this.reconcile())
  readonly #ended = new AbortController()
  /** Before a reconcile that failed is tried again. */
  readonly #pause = new Pause()
  #reconciling: Promise<void> = Promise.resolve()
  #isDueAgain = false
  /** As they were when the shapes were last settled. */
  #settled: readonly Membership[] = []
  /** What is here has been opened, so that what is not complete now is not complete. */
  #isKnown = false
  readonly #completed = new Set<string>()

  constructor(options: SyncOptions) {
    this.#options = options
    this.#status = new StatusTable(options.pg, () => options.onChanged(['sync_status'], false))
    this.#transport = new ShapeTransport({
      origin: options.origin,
      databaseUser: options.userId,
      ...(options.fetch && { fetch: options.fetch }),
      onReach: (reached, code) => {
        if (this.#status.reach(reached, code) && reached) options.onReached?.()
      },
      onContact: () => {
        this.#status.contact()
        options.onContact?.()
      },
    })
  }

  /** Begins. Resolves when all that is known to be wanted has been started. */
  async start(): Promise<void> {
    await this.#status.clear()
    for (const shape of userShapes(this.#options.userId)) this.#run(shape)
    // Whether the list of companies is whole decides what may be deleted, also offline.
    await Promise.all([...this.#runs.values()].map(run => run.opened))
    await this.reconcile()
    void Promise.all([...this.#runs.values()].map(run => run.opened)).then(() => {
      this.#isKnown = true
      this.#options.onHeld?.()
    })
  }

  /** The companies of the user, as far as their shapes were settled; undefined until it is known what of them is here. */
  get memberships(): readonly Membership[] | undefined {
    return this.#isKnown ? this.#settled : undefined
  }

  /** Whether the copy of a shape was up to date at least once. */
  isComplete(shapeKey: string): boolean {
    return this.#status.get(shapeKey)?.complete ?? false
  }

  /** Whether the list of the user's companies is whole: until then, one that is missing in it has not ended. */
  get hasWholeList(): boolean {
    const [, memberships] = userShapes(this.#options.userId)
    return memberships !== undefined && this.isComplete(memberships.key)
  }

  /** Whether that list is as the server has it now, and not as it was when this device was last here. */
  get hasLiveList(): boolean {
    const [, memberships] = userShapes(this.#options.userId)
    return this.hasWholeList && memberships !== undefined && this.#status.isLive(memberships.key)
  }

  /** Whether the shapes of a company (of the person, where none is named) that may be seen and edited are all complete. */
  holds(company: string | undefined): boolean {
    const shapes = this.#visible(company)
    return shapes.length > 0 && shapes.every(shape => this.isComplete(shape.key))
  }

  /** Whether they are all live: what the server does comes at once. */
  isLive(company: string | undefined): boolean {
    return this.#visible(company).every(shape => this.#status.isLive(shape.key))
  }

  #visible(company: string | undefined): WantedShape[] {
    const membership = this.#settled.find(({ company_id: id }) => id === company)
    const shapes = company === undefined ? userShapes(this.#options.userId) : membership ? visibleShapes(membership) : []
    return shapes.filter(({ definition }) => EDITED.has(definition.entity))
  }

  /** Tries again now: one shape, or everything. */
  retry(shapeKey?: string): void {
    if (shapeKey === undefined) this.#refusals.clear()
    for (const run of this.#runs.values()) if (shapeKey === undefined || run.shape.key === shapeKey) run.retry()
    this.#transport.wake()
    this.#pause.wake()
    void this.reconcile()
  }

  /** The network came or went, as the browser believes: a reason to look, nothing more. */
  wake(): void {
    this.#transport.wake()
  }

  /** Ends all; resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#ended.abort()
    this.#refusals.clear()
    await Promise.all([...this.#runs.values()].map(run => run.stop()))
    this.#transport.close()
    await this.#reconciling
    await this.#status.close()
  }

  /** Makes what runs and what is held here equal to what the memberships allow. One at a time; tried again where it fails. */
  reconcile(): Promise<void> {
    const next = this.#reconciling.then(() => this.#ended.signal.aborted ? undefined : this.#reconcile())
    this.#reconciling = next.then(() => this.#pause.reset(), (error: unknown) => {
      console.error('The wanted shapes could not be settled:', error)
      void this.#reconcileLater()
    })
    return this.#reconciling
  }

  /** What could not be deleted must still go, and nothing else may ever ask for it. */
  async #reconcileLater(): Promise<void> {
    if (this.#isDueAgain) return
    this.#isDueAgain = true
    await this.#pause.wait(this.#ended.signal)
    this.#isDueAgain = false
    await this.reconcile()
  }

  async #reconcile(): Promise<void> {
    const memberships = await this.#memberships()
    const wanted = new Map<string, WantedShape>()
    const sentAway: WantedShape[] = []
    for (const membership of memberships) {
      if (this.#refusals.has(membership.company_id, membership)) continue
      for (const shape of visibleShapes(membership)) {
        if (this.#refusals.has(shape.key, membership)) continue
        if (this.#isKept(shape)) wanted.set(shape.key, shape)
        else sentAway.push(shape)
      }
    }
    const isWhole = this.hasWholeList
    const listed = new Set(memberships.map(membership => membership.company_id))
    const unwanted: WantedShape[] = []
    for (const shape of await this.#heldShapes()) {
      if (wanted.has(shape.key) || (!isWhole && shape.company !== null && !listed.has(shape.company))) continue
      unwanted.push(shape)
    }
    await this.#drop(unwanted, memberships)
    for (const shape of sentAway) this.#status.set(shape, { state: 'idle', rows: 0, complete: false, estimate: null, code: null, sentence: null })
    for (const shape of wanted.values()) if (!this.#runs.has(shape.key)) this.#run(shape)
    this.#settled = memberships
    if (this.#isKnown) this.#options.onHeld?.()
  }

  /** Of a company whose data are not held here its own row is: the list of companies has it, also offline. */
  #isKept({ company, definition }: WantedShape): boolean {
    return company === null || definition.name === 'company' || (this.#options.keeps?.(company) ?? true)
  }

  async #memberships(): Promise<Membership[]> {
    const { rows } = await this.#options.pg.query<Membership>('SELECT id, company_id, role, row_version::float8 AS row_version FROM memberships ORDER BY company_id')
    return rows
  }

  /** All shapes of companies that run or have left rows here, also those of a leader before this one. */
  async #heldShapes(): Promise<WantedShape[]> {
    return shapesOf([...await this.#options.engine.keys('company-'), ...this.#runs.keys()])
  }

  async #drop(shapes: readonly WantedShape[], memberships: readonly Membership[]): Promise<void> {
    if (shapes.length === 0) return
    await Promise.all(shapes.map(shape => this.#runs.get(shape.key)?.stop()))
    // Before the purge: where that fails, a run that has ended must not pass for one that goes on.
    for (const shape of shapes) {
      this.#runs.delete(shape.key)
      this.#completed.delete(shape.key)
    }
    const keys = shapes.map(shape => shape.key)
    await this.#options.purges?.begins(keys)
    const held = await purgeShapes(this.#options.pg, this.#options.engine, shapes)
    await this.#options.purges?.rowsGone(keys, held)
    for (const shape of shapes) {
      const membership = memberships.find(({ company_id }) => company_id === shape.company)
      // A company that still stands in the list but is refused is shown as such.
      if (membership && this.#refusals.has(membership.company_id, membership)) this.#status.set(shape, { state: 'revoked', rows: 0, complete: false, estimate: null })
      else this.#status.remove(shape.key)
    }
    for (const company of new Set(shapes.flatMap(shape => shape.company ?? []))) {
      const membership = memberships.find(({ company_id: id }) => id === company)
      if (!membership || this.#refusals.has(company, membership)) this.#options.onEnded?.(company)
    }
    this.#options.onChanged([...new Set(shapes.map(shape => shape.definition.localTable))], false)
  }

  #run(shape: WantedShape): void {
    // Asked for by what was still under way at the stop: nobody would end it.
    if (this.#ended.signal.aborted) return
    this.#runs.set(shape.key, new ShapeRun(shape, this.#options.engine, this.#transport, this.#status, {
      onApplied: (which, progress) => this.#applied(which, progress),
      onRefused: (which, refusal) => void this.#onRefused(which, refusal),
    }))
  }

  #applied({ definition, key }: WantedShape, { changed, complete }: ShapeProgress): void {
    if (changed) this.#options.onChanged([definition.localTable], !complete)
    if (complete && !this.#completed.has(key)) {
      this.#completed.add(key)
      this.#options.onHeld?.()
    }
    if (definition.name === 'memberships') void this.reconcile()
  }

  async #onRefused(shape: WantedShape, { code }: Refusal): Promise<void> {
    if (code === 'wrong_user') return this.#options.onWrongUser()
    if (shape.company === null || (code !== 'membership_ended' && code !== 'role_changed')) return
    const membership = (await this.#memberships()).find(({ company_id }) => company_id === shape.company)
    this.#refusals.add(code === 'membership_ended' ? shape.company : shape.key, membership)
    await this.reconcile()
  }
}
