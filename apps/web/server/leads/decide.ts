/** What is known of a lead that has arrived before. */
export interface Receipt {
  readonly version: number
  readonly content_hash: string
  readonly token_hash: string
}

/** What to do with a lead that arrives again. */
export type Decision =
  /** Somebody else's: nothing is changed, and nothing told. */
  | 'taken'
  /** It becomes what members see; what they saw is kept beside. */
  | 'replace'
  /** It is what members see. */
  | 'nothing'
  /** It came too late: kept beside what members see. */
  | 'keep'

/**
 * Two writes to one lead: the higher edit version wins, whichever comes first; of two with one version (two tabs of a
 * device) the one that comes last. Neither is thrown away.
 */
export function decide(receipt: Receipt, sent: Receipt): Decision {
  if (sent.token_hash !== receipt.token_hash) return 'taken'
  if (sent.version < receipt.version) return 'keep'
  if (sent.version === receipt.version && sent.content_hash === receipt.content_hash) return 'nothing'
  return 'replace'
}
