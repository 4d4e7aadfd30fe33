/**
 * What the page's inline script (`head-start/`) has begun to read before the app's own scripts were there, for the app to
 * take: it is there when the app first paints, where the app by itself would read it between its own work (measured: a
 * reload shows the last answers after 257 ms, without this after 318).
 */
export interface HeadStart {
  /** The text of the last answers, by the name of their folder. */
  answers: { folder: string, text: Promise<string | undefined> } | undefined
  /** What is noted of the lease, by the name of its database. */
  lease: { database: string, noted: Promise<unknown> } | undefined
}

declare global {
  // A global of the page is declared with `var`.
  var headStart: HeadStart | undefined
}
