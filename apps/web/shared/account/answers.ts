import type { AuditEvent } from './audit'
import type { InvitedRole } from './roles'

/** What account acts answer. Times are ISO 8601. */
export interface SignUpAnswer {
  /** True: the account is made when the link in the letter is opened. False: sign in now with what was typed. */
  confirm: boolean
}

export interface EmailAnswer {
  /** False: this server sends no mail, and its operator makes the link. Says nothing of the address. */
  sent: boolean
}

export interface SessionLine {
  id: string
  created_at: string
  last_seen_at: string
  user_agent: string
  current: boolean
}

export type InviteState = 'open' | 'used' | 'expired' | 'revoked'

export interface InviteLine {
  id: string
  role: InvitedRole
  email: string | null
  created_at: string
  expires_at: string
  invited_by: { id: string, name: string }
  state: InviteState
}

export interface MadeInvite {
  id: string
  /** Shown here only, to whoever invited: the server keeps no more than its hash. */
  link: string
  expires_at: string
  /** Whether a letter with it is on its way to the address. */
  sent: boolean
}

/** What someone with the link may know before accepting. */
export interface InviteFace {
  company: { name: string }
  role: InvitedRole
  expires_at: string
  email?: string
}

export interface AuditPage {
  events: AuditEvent[]
  /** Give it as `before` for the next, older page; null on the last. */
  next: number | null
}
