// The where as Postgres' own scanner reads it. Working on tokens, never on characters, is what keeps a quote, a
// comment or a bracket inside a string from meaning anything.
import { scanSync, type ScanToken } from 'libpg-query'
import { PredicateError, errorAt } from './error.ts'

const MAX_BYTES = 64 * 1024
/** Deeper expressions overflow the stack of the parser, which is compiled to wasm (measured: about 1,500). */
const MAX_TOKENS = 4_000
const MAX_DEPTH = 100

const COMMENTS = new Set(['SQL_COMMENT', 'C_COMMENT'])
const BRACKETS = new Map([[')', '('], [']', '[']])

export interface Tokens {
  /** The where as it came; offsets of tokens count its bytes. */
  where: string
  list: Pick<ScanToken, 'start' | 'end' | 'text' | 'tokenName'>[]
}

/**
 * The tokens of a where, comments left out. Refuses what cannot be one expression inside brackets: an unbalanced
 * bracket, a semicolon, a NUL, too much of anything. Throws PredicateError.
 */
export function tokensOf(where: string): Tokens {
  const bytes = Buffer.from(where)
  if (!where.trim()) throw new PredicateError('The where is empty.')
  if (bytes.length > MAX_BYTES) throw new PredicateError(`The where is longer than ${MAX_BYTES} bytes.`)
  if (where.includes('\0')) throw new PredicateError('The where holds a NUL character.')
  if (bytes.toString('utf8') !== where) throw new PredicateError('The where is not valid Unicode text.')
  const list = scan(where)
    .filter(token => !COMMENTS.has(token.tokenName))
    .map(({ start, end, tokenName }) => ({ start, end, tokenName, text: bytes.subarray(start, end).toString('utf8') }))
  if (!list.length) throw new PredicateError('The where is empty.')
  if (list.length > MAX_TOKENS) throw new PredicateError(`The where has more than ${MAX_TOKENS} words and signs; pass long lists as one array parameter.`)
  checkBrackets(where, list)
  return { where, list }
}

/** The text of these tokens with single spaces between them; `replace` may give another text, or none, for a token. */
export function joinTokens(tokens: Tokens, replace: (token: Tokens['list'][number]) => string | undefined = () => undefined): string {
  return tokens.list.map(token => replace(token) ?? token.text).filter(text => text !== '').join(' ')
}

function scan(where: string): ScanToken[] {
  try {
    return scanSync(where).tokens
  }
  catch (error) {
    throw new PredicateError(error instanceof Error ? error.message : 'The where cannot be read.')
  }
}

function checkBrackets(where: string, list: Tokens['list']): void {
  const open: string[] = []
  for (const { text, start } of list) {
    if (text === ';') throw errorAt(where, start, 'syntax error at or near ";"')
    if (text === '(' || text === '[') open.push(text)
    if (open.length > MAX_DEPTH) throw errorAt(where, start, `more than ${MAX_DEPTH} brackets inside each other`)
    const opener = BRACKETS.get(text)
    if (opener && open.pop() !== opener) throw errorAt(where, start, `syntax error at or near "${text}"`)
  }
  if (open.length) throw errorAt(where, Buffer.byteLength(where), 'syntax error at end of input')
}
