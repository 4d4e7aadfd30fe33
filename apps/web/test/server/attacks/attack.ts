/**
 * One attack: bytes, and the answer that they are to get. In the bytes stand for what is known only while the test runs:
 * HOST, ORIGIN, COOKIE and USER of who attacks (owner of OWN, nobody in FOREIGN), OWN and FOREIGN companies, THEIRS someone of
 * FOREIGN, WORKSPACE, FOLDER, GROUP and LEAD there, INVITE one of its invites, HANDLE and OFFSET of its folders' shape, and
 * MINE a handle of the same shape of OWN.
 */
export interface Attack {
  /** Says what is tried. */
  name: string
  bytes: string
  /** The status, with the code that the body names where it is one of ours; `cut` where nothing is answered. */
  answer: string
}

const END = '\r\n'
const request = (first: string, headers: readonly string[], body = '') => [first, ...headers, '', body].join(END)
const SIGNED_IN = ['host: HOST', 'cookie: COOKIE', 'x-database-user: USER', 'connection: close']
const named = (first: string, headers: readonly string[]) => [first, ...headers].join(' · ').slice(0, 150)

/** A reading by someone who is signed in. */
export const get = (answer: string, path: string, ...headers: string[]): Attack =>
  ({ answer, name: named(`GET ${path}`, headers), bytes: request(`GET ${path} HTTP/1.1`, [...SIGNED_IN, ...headers]) })

/** JSON from a page of ours. A body may hold placeholders: they have the same length as what they stand for where `LENGTH` is. */
export const post = (answer: string, path: string, body: unknown, ...headers: string[]): Attack => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    answer, name: named(`POST ${path}`, [...headers, text.slice(0, 90)]),
    bytes: request(`POST ${path} HTTP/1.1`, [...SIGNED_IN, 'origin: ORIGIN', 'content-type: application/json', ...headers, 'content-length: LENGTH'], text),
  }
}

/** A request with nothing but what is said, for what no client would send. */
export const bare = (answer: string, name: string, lines: readonly string[], body = ''): Attack => ({ answer, name, bytes: request(lines[0] ?? '', lines.slice(1), body) })

/** The bytes with everything put in, the length last. */
export function filled(bytes: string, places: Record<string, string>): string {
  const text = bytes.replace(new RegExp(`\\b(?:${Object.keys(places).join('|')})\\b`, 'g'), place => places[place] ?? place)
  const at = text.indexOf(END + END) + 4
  return text.replace('content-length: LENGTH', `content-length: ${Buffer.byteLength(text.slice(at), 'latin1')}`)
}
