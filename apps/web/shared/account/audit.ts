/** Every act that the audit knows, with what its subject holds. The audit's page has a sentence for each. */
export interface AuditSubjects {
  'account.signed-up': { invited: boolean }
  'account.password-changed': Record<string, never>
  'account.password-reset': Record<string, never>
  'account.reset-link-made': { user_id: string, name: string }
  'account.email-change-asked': Record<string, never>
  'account.email-changed': { from: string, to: string }
  'account.sessions-ended': { count: number }
  'company.created': { name: string, slug: string }
  'company.owner-made': { user_id: string, name: string }
  'company.transferred': { from: string, from_name: string, to: string, to_name: string }
  'invite.made': { invite_id: string, role: string, email: string | null }
  'invite.revoked': { invite_id: string, role: string, email: string | null }
  'invite.accepted': { invite_id: string, role: string, email: string | null }
  'leads.released': { leads: number }
  'lead.erased': { lead_id: string }
  'member.left': { user_id: string, name: string, role: string }
  'import.began': { file: string, lines: number }
  'import.ended': { file: string, workspaces: number, folders: number, existed: number, refused: number, whole: boolean }
  'member.role-changed': { user_id: string, name: string, from: string, to: string }
  'member.removed': { user_id: string, name: string, role: string }
}

export type AuditAct = keyof AuditSubjects

/** One line of a company's audit, as its owners get it. */
export interface AuditEvent {
  id: number
  /** ISO 8601. */
  at: string
  /** `id` is null where the operator did it at the server's console. */
  actor: { id: string | null, name: string }
  /** An AuditAct of this version or of a newer one. */
  act: string
  subject: Record<string, unknown>
}
