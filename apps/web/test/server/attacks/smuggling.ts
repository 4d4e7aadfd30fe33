import { bare, type Attack } from './attack'

/** What a proxy in front could take for part of the body before it. */
const HIDDEN = ['GET /api/auth/session HTTP/1.1', 'host: HOST', 'cookie: COOKIE', '', ''].join('\r\n')
const POST = ['POST /api/auth/sign-out HTTP/1.1', 'host: HOST', 'origin: ORIGIN', 'content-type: application/json']
const framed = (name: string, headers: string[], body: string): Attack => bare('400', name, [...POST, ...headers], body)
const CHUNKED = 'transfer-encoding: chunked'

/** Two programs that disagree on where a request ends would let one person's request be another's: this one refuses. */
export const SMUGGLING: Attack[] = [
  framed('a length and chunks', ['content-length: 4', CHUNKED], `0\r\n\r\n${HIDDEN}`),
  framed('chunks and a length', [CHUNKED, 'content-length: 4'], `0\r\n\r\n${HIDDEN}`),
  framed('chunked, but not at last', ['transfer-encoding: chunked, identity'], `0\r\n\r\n${HIDDEN}`),
  framed('a coding that nobody knows', ['transfer-encoding: xchunked'], `0\r\n\r\n${HIDDEN}`),
  framed('two codings in two headers', [CHUNKED, 'transfer-encoding: identity'], `0\r\n\r\n${HIDDEN}`),
  framed('chunked with a space before the colon', ['transfer-encoding : chunked'], `0\r\n\r\n${HIDDEN}`),
  framed('chunked in the next line', ['transfer-encoding:', ' chunked'], `0\r\n\r\n${HIDDEN}`),
  framed('a length, and chunked in the next line', ['content-length: 5', 'transfer-encoding:', ' chunked'], `0\r\n\r\n${HIDDEN}`),
  framed('chunked behind a control character', ['transfer-encoding: \x0Bchunked'], `0\r\n\r\n${HIDDEN}`),
  framed('two lengths', ['content-length: 0', 'content-length: 5'], HIDDEN),
  framed('the same length twice', ['content-length: 2', 'content-length: 2'], `{}${HIDDEN}`),
  ...['+2', '2, 2', '-1', '0x2', '2 2', '99999999999999999999', ''].map(length => framed(`a length of "${length}"`, [`content-length: ${length}`], `{}${HIDDEN}`)),
  ...['-2', '0x2', '2 2', 'fffffffffffffffff', '2;\n', '', '+2'].map(size => framed(`a chunk of "${size.trim()}"`, [CHUNKED], `${size}\r\n{}\r\n0\r\n\r\n${HIDDEN}`)),
  framed('a chunk that ends in a line feed alone', [CHUNKED], `2\n{}\r\n0\r\n\r\n${HIDDEN}`),
  framed('a chunk that is longer than it says', [CHUNKED], `2\r\n{}{}\r\n0\r\n\r\n${HIDDEN}`),
  framed('a line feed in the place of an end of line', ['x-a: b\nx-b: c'], HIDDEN),
  framed('a carriage return alone', ['x-a: b\rx-b: c'], HIDDEN),
  bare('400', 'line feeds only', ['GET / HTTP/1.1\nhost: HOST\n\n']),
  bare('400', 'another version of the protocol', ['PRI * HTTP/2.0', 'host: HOST', '', 'SM', '']),
  bare('400', 'a method in small letters', ['get / HTTP/1.1', 'host: HOST']),
  bare('200', 'an upgrade to a protocol that passes proxies by', ['GET /api/config HTTP/1.1', 'host: HOST', 'connection: upgrade, http2-settings, close', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__']),
  // A body that is taken for what it is: it is not a second request.
  bare('401 sign_in', 'a request as the body of a reading', ['GET /api/auth/session HTTP/1.1', 'host: HOST', 'connection: close', 'content-length: 60'], `GET /api/auth/session HTTP/1.1\r\nx: ${'y'.repeat(25)}`),
  bare('413 too_large', 'a request behind a body that is too long', ['POST /api/auth/sign-in HTTP/1.1', ...POST.slice(1), 'content-length: 300000'], ' '.repeat(300_000) + HIDDEN),
]
