import type { HeadStart } from '#shared/protocol/head-start'

/** What the page's inline script began: each part is for whoever asks first, and only for what it was begun for. */
function take<Part extends keyof HeadStart>(part: Part, isWanted: (begun: NonNullable<HeadStart[Part]>) => boolean): HeadStart[Part] | undefined {
  const begun = globalThis.headStart?.[part]
  if (!globalThis.headStart || !begun || !isWanted(begun)) return undefined
  globalThis.headStart[part] = undefined
  return begun
}

/** What nobody took is of nobody who is here: it is let go. */
export function dropHeadStart(): void {
  if (globalThis.headStart) globalThis.headStart = { answers: undefined, lease: undefined }
}

/** The text of the last answers in this folder. */
export const takeAnswers = (folder: string) => take('answers', begun => begun.folder === folder)?.text

/** What is noted of the lease in this database. */
export const takeLease = (database: string) => take('lease', begun => begun.database === database)?.noted
