/** Shorter ones would take words out of sentences; the server takes no shorter ones where it makes them itself. */
const SHORTEST = 8

let hidden: string[] = []

/** From now on these are taken out of every line of the log, as they are and as they stand in an address. */
export function hideInLog(secrets: readonly (string | undefined)[]): void {
  const known = secrets.flatMap(secret => secret !== undefined && secret.length >= SHORTEST ? [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)] : [])
  hidden = [...new Set(known)].toSorted((a, b) => b.length - a.length)
}

/** What looks like something that nobody may read in a log; none of it may match across a quote, so that a line stays JSON. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  // A sealed cookie, a session's cookie, a token of 32 random bytes, a hash of one.
  [/Fe26\.2\*[^\s"\\;,]+/g, '[seal]'],
  [/mvdb-session=[^\s"\\;,]+/g, 'mvdb-session=[hidden]'],
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, '[token]'],
  [/(?<![\w-])[0-9a-f]{64}(?![\w-])/g, '[hash]'],
  [/(?<=:\/\/)[^\s/@:"\\]*:[^\s/@"\\]*(?=@)/g, '[hidden]'],
  [/\?[^\s"\\]*=[^\s"\\]*/g, '?[hidden]'],
  [/[^\s"@<>,;:\\/()[\]{}=]+@[^\s"@<>,;:\\/()[\]{}]+\.[a-z]{2,}/gi, '[e-mail]'],
  // drizzle puts them behind its statement; PostgreSQL a row's values behind its detail.
  [/(?<=params: )(?:(?!\\n|").)*/g, '[hidden]'],
  [/(?<=Key \([^"]*\)=\()(?:(?!\)|").)*/g, '[hidden]'],
]

/** A line without secrets, cookies, tokens, e-mail addresses and queries of addresses. The last guard: whoever writes a line leaves them out. */
export function scrub(line: string): string {
  let clean = line
  for (const secret of hidden) clean = clean.replaceAll(secret, '[hidden]')
  for (const [shape, instead] of SHAPES) clean = clean.replace(shape, instead)
  return clean
}
