/**
 * The states of a tab's conversation with the elected leader, as full tables: a cell that is missing does not compile.
 *
 * The conversation:
 *
 *   locking ── locked ──▶ waiting ── lead ──▶ led ── lead of another epoch ──▶ led (all is said again)
 *                            │  ▲              │
 *                           held │             held (the next leader waits for the files)
 *                            ▼  │              ▼
 *                           held ◀─────────────┘ ── lead ──▶ led
 *   any ── ended, closed ──▶ over (what is open is settled, nothing is sent)
 *
 * A question (a write's fate is decided by its key, in the journal: a lost leader settles nothing):
 *
 *   unsent ── reachable ──▶ sent ── lead ──▶ sent (again) ── answer ──▶ settled
 *      └──────── forgotten, over ─┴─────────────────────────────────────▶ settled
 *
 * A live read:
 *
 *   unsent ── reachable ──▶ asked ── rows ──▶ fed ── lead, changes of another list ──▶ asked (again)
 *      └──────── left, over ─┴─────────────────┴──────────────────────────────────────▶ done
 */
type Table<State extends string, Event extends string, Effect extends string> =
  { readonly [S in State]: { readonly [E in Event]: readonly [next: State, effect: Effect] } }

export type PortState = 'locking' | 'waiting' | 'held' | 'led' | 'over'
export type PortEvent =
  /** This tab's lock is held: from now on a leader can tell that it is alive. */
  | 'locked'
  /** A leader of an epoch that was not known is up; or the known one says so again. */
  | 'lead' | 'lead_again'
  /** The leader to be waits for files that another worker holds. */
  | 'held'
  /** A word for one of this tab's questions or live reads. */
  | 'word'
  /** The page is back after a time in which it heard nothing. */
  | 'back'
  /** The database is closed for good; or this tab's part of it. */
  | 'ended' | 'closed'
export type PortEffect = 'nothing' | 'say_all' | 'tell_held' | 'tell_free' | 'say_all_and_tell_free' | 'pass' | 'pass_and_tell_free' | 'settle' | 'settle_and_tell'

export const PORT: Table<PortState, PortEvent, PortEffect> = {
  // A leader that gets the lock takes the tab for gone, so that nothing is said before it is held.
  locking: {
    locked: ['waiting', 'say_all'], lead: ['locking', 'nothing'], lead_again: ['locking', 'nothing'], held: ['locking', 'tell_held'],
    word: ['locking', 'nothing'], back: ['locking', 'nothing'], ended: ['over', 'settle_and_tell'], closed: ['over', 'settle'],
  },
  waiting: {
    locked: ['waiting', 'nothing'], lead: ['led', 'say_all_and_tell_free'], lead_again: ['led', 'tell_free'], held: ['held', 'tell_held'],
    // Said to this tab, so that a leader is there: its `lead` came before the tab did.
    word: ['led', 'pass'], back: ['waiting', 'say_all'], ended: ['over', 'settle_and_tell'], closed: ['over', 'settle'],
  },
  held: {
    locked: ['held', 'nothing'], lead: ['led', 'say_all_and_tell_free'], lead_again: ['led', 'tell_free'], held: ['held', 'nothing'],
    word: ['led', 'pass_and_tell_free'], back: ['held', 'say_all'], ended: ['over', 'settle_and_tell'], closed: ['over', 'settle'],
  },
  led: {
    locked: ['led', 'nothing'], lead: ['led', 'say_all_and_tell_free'], lead_again: ['led', 'nothing'], held: ['held', 'tell_held'],
    word: ['led', 'pass'], back: ['led', 'say_all'], ended: ['over', 'settle_and_tell'], closed: ['over', 'settle'],
  },
  over: {
    locked: ['over', 'nothing'], lead: ['over', 'nothing'], lead_again: ['over', 'nothing'], held: ['over', 'nothing'],
    word: ['over', 'nothing'], back: ['over', 'nothing'], ended: ['over', 'nothing'], closed: ['over', 'nothing'],
  },
}

/** `read`: safe to ask twice. `write`: has a key, by which the journal tells whether it was done. `purge`: the end answers it. */
export type QuestionKind = 'read' | 'write' | 'purge'
export type QuestionState = 'unsent' | 'sent' | 'settled'
export type QuestionEvent =
  /** A leader can hear it: for the first time, or another one than before. */
  | 'say'
  | 'answer' | 'failure'
  /** Nobody waits for it any more. */
  | 'forgotten'
  /** The database is gone from this device, as a purge asks; or closed for any other reason. */
  | 'purged' | 'over'
export type QuestionEffect = 'nothing' | 'post' | 'resolve' | 'reject' | 'reject_forgotten' | 'post_forget' | 'leave_to_journal'

const settled = {
  say: ['settled', 'nothing'], answer: ['settled', 'nothing'], failure: ['settled', 'nothing'],
  forgotten: ['settled', 'nothing'], purged: ['settled', 'nothing'], over: ['settled', 'nothing'],
} as const

export const QUESTION: { readonly [K in QuestionKind]: Table<QuestionState, QuestionEvent, QuestionEffect> } = {
  read: {
    unsent: {
      say: ['sent', 'post'], answer: ['unsent', 'nothing'], failure: ['unsent', 'nothing'],
      forgotten: ['settled', 'reject_forgotten'], purged: ['settled', 'reject'], over: ['settled', 'reject'],
    },
    sent: {
      say: ['sent', 'post'], answer: ['settled', 'resolve'], failure: ['settled', 'reject'],
      forgotten: ['settled', 'post_forget'], purged: ['settled', 'reject'], over: ['settled', 'reject'],
    },
    settled,
  },
  write: {
    unsent: {
      say: ['sent', 'post'], answer: ['unsent', 'nothing'], failure: ['unsent', 'nothing'],
      forgotten: ['settled', 'leave_to_journal'], purged: ['settled', 'leave_to_journal'], over: ['settled', 'leave_to_journal'],
    },
    sent: {
      say: ['sent', 'post'], answer: ['settled', 'resolve'], failure: ['settled', 'reject'],
      forgotten: ['settled', 'leave_to_journal'], purged: ['settled', 'leave_to_journal'], over: ['settled', 'leave_to_journal'],
    },
    settled,
  },
  purge: {
    unsent: {
      say: ['sent', 'post'], answer: ['unsent', 'nothing'], failure: ['unsent', 'nothing'],
      // Whoever asks for a purge and goes wants it all the same.
      forgotten: ['unsent', 'nothing'], purged: ['settled', 'resolve'], over: ['settled', 'reject'],
    },
    sent: {
      say: ['sent', 'post'], answer: ['settled', 'resolve'], failure: ['settled', 'reject'],
      forgotten: ['sent', 'nothing'], purged: ['settled', 'resolve'], over: ['settled', 'reject'],
    },
    settled,
  },
}

export type LiveState = 'unsent' | 'asked' | 'fed' | 'done'
export type LiveEvent =
  | 'say'
  /** The whole list; its changes since the list that is here; changes since another one. */
  | 'rows' | 'changes' | 'strange_changes'
  | 'failure'
  /** Its last listener left. */
  | 'left'
  | 'over'
export type LiveEffect = 'nothing' | 'post' | 'take' | 'tell_failure' | 'post_unsubscribe'

export const LIVE: Table<LiveState, LiveEvent, LiveEffect> = {
  unsent: {
    say: ['asked', 'post'], rows: ['unsent', 'nothing'], changes: ['unsent', 'nothing'], strange_changes: ['unsent', 'nothing'],
    failure: ['unsent', 'nothing'], left: ['done', 'nothing'], over: ['done', 'tell_failure'],
  },
  asked: {
    // Changes of a list that has not come yet: it is on its way, and has them.
    say: ['asked', 'post'], rows: ['fed', 'take'], changes: ['asked', 'nothing'], strange_changes: ['asked', 'nothing'],
    failure: ['asked', 'tell_failure'], left: ['done', 'post_unsubscribe'], over: ['done', 'tell_failure'],
  },
  fed: {
    say: ['asked', 'post'], rows: ['fed', 'take'], changes: ['fed', 'take'], strange_changes: ['asked', 'post'],
    failure: ['asked', 'tell_failure'], left: ['done', 'post_unsubscribe'], over: ['done', 'tell_failure'],
  },
  done: {
    say: ['done', 'nothing'], rows: ['done', 'nothing'], changes: ['done', 'nothing'], strange_changes: ['done', 'nothing'],
    failure: ['done', 'nothing'], left: ['done', 'nothing'], over: ['done', 'nothing'],
  },
}
