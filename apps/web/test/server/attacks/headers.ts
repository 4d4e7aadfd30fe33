import { bare, get, post, type Attack } from './attack'

const shape = '/api/shapes/folders?company=FOREIGN&offset=-1'
const signOut = '/api/auth/sign-out'

/** What a request says about itself and where it comes from: none of it opens anything. */
export const HEADERS: Attack[] = [
  // Who asks, and from where, is not what a header says.
  ...['x-forwarded-host: evil.example', 'x-forwarded-proto: javascript', 'x-forwarded-port: 99999', 'forwarded: for=127.0.0.1;host=evil.example;proto=https',
    'x-original-url: /api/health', 'x-rewrite-url: /api/health', 'x-forwarded-prefix: /api/health', 'x-real-ip: 127.0.0.1', 'x-forwarded-for: 127.0.0.1, ::1, garbage, "',
    'x-user-id: THEIRS', 'x-forwarded-user: THEIRS', 'authorization: Bearer THEIRS', 'authorization: Basic dXNlcjpwYXNz', 'electric-handle: HANDLE',
    'x-http-method-override: DELETE', 'x-middleware-subrequest: middleware', 'x-nitro-prerender: /api/health', 'x-nuxt-no-ssr: 1', 'purpose: prefetch',
  ].map(header => get('403 membership_ended', shape, header)),
  get('404 not_found', signOut, 'x-http-method-override: POST'),
  get('404 not_found', `${signOut}?_method=POST`, 'x-method-override: POST'),
  // Another Host: the answer is the same, nothing in it is made of the name.
  ...['evil.example', 'evil.example:80@HOST', '[', 'a b', '..', '', 'HOST, evil.example', '127.0.0.1:99999'].map(host =>
    bare('403 membership_ended', `host: ${host}`, [`GET ${shape} HTTP/1.1`, `host: ${host}`, 'cookie: COOKIE', 'x-database-user: USER', 'connection: close'])),
  bare('403 foreign_origin', 'the host that the origin names, as the second', [`POST ${signOut} HTTP/1.1`, 'host: HOST', 'host: evil.example', 'origin: http://evil.example', 'cookie: COOKIE', 'content-type: application/json', 'content-length: 2', 'connection: close'], '{}'),
  bare('400', 'no host', [`GET ${shape} HTTP/1.1`, 'cookie: COOKIE']),
  // Origins that look like ours.
  ...['null', 'ORIGIN.evil.example', 'http://HOST@evil.example', 'http://evil.example/?HOST', 'http://evil.example#HOST', 'http://evil.example\\\\.HOST', 'ORIGIN, http://evil.example',
    'file://', 'data:text/html,x', 'http://', 'about:blank', 'chrome-extension://HOST.evil', 'http://127.0.0.1', 'http://localhost',
  ].map(origin => bare('403 foreign_origin', `origin: ${origin}`, [`POST ${signOut} HTTP/1.1`, 'host: HOST', `origin: ${origin}`, 'cookie: COOKIE', 'content-type: application/json', 'content-length: 2', 'connection: close'], '{}')),
  bare('403 foreign_origin', 'no origin, but a referer of ours', [`POST ${signOut} HTTP/1.1`, 'host: HOST', 'referer: ORIGIN/', 'sec-fetch-site: same-origin', 'cookie: COOKIE', 'content-type: application/json', 'content-length: 2', 'connection: close'], '{}'),
  // Whose database: said twice it is nobody's.
  bare('412 wrong_user', 'two names of the database\'s user', [`GET ${shape} HTTP/1.1`, 'host: HOST', 'cookie: COOKIE', 'x-database-user: USER', 'x-database-user: THEIRS', 'connection: close']),
  bare('401 sign_in', 'a false cookie before the good one', [`GET ${shape} HTTP/1.1`, 'host: HOST', 'cookie: mvdb-session=false', 'cookie: COOKIE', 'x-database-user: USER', 'connection: close']),
  bare('401 sign_in', 'a cookie of 8,000 characters', [`GET ${shape} HTTP/1.1`, 'host: HOST', `cookie: mvdb-session=Fe26.2**${'a*'.repeat(4_000)}`, 'x-database-user: USER', 'connection: close']),
  // Headers that no program should have to read.
  bare('431', 'a header of 20,000 characters', ['GET / HTTP/1.1', 'host: HOST', `x-long: ${'a'.repeat(20_000)}`]),
  bare('431', 'an address of 20,000 characters', [`GET /${'a'.repeat(20_000)} HTTP/1.1`, 'host: HOST']),
  bare('200 page', '3,000 headers of one letter', ['GET / HTTP/1.1', 'host: HOST', 'connection: close', ...Array.from({ length: 3_000 }, () => 'a:b')]),
  bare('400', 'a header that goes on in the next line', ['GET / HTTP/1.1', 'host: HOST', 'x-a: b', ' c']),
  bare('400', 'NUL in a header', ['GET / HTTP/1.1', 'host: HOST', 'x-a: b\0c']),
  bare('400', 'NUL in an address', ['GET /\0 HTTP/1.1', 'host: HOST']),
  bare('400', 'a space before the colon', ['GET / HTTP/1.1', 'host : HOST']),
  bare('400', 'a line that is no header', ['GET / HTTP/1.1', 'host: HOST', 'nonsense']),
  bare('417', 'an expectation that nobody has', ['GET / HTTP/1.1', 'host: HOST', 'expect: the-unexpected', 'connection: close']),
  post('400 invalid_input', '/api/mutations', '{}', 'content-encoding: gzip'),
  get('200', '/api/auth/session', `range: bytes=${Array.from({ length: 500 }, (_, n) => `${n}-`).join(',')}`),
  get('200', '/api/auth/session', `accept-encoding: ${'gzip;q=0.5,'.repeat(500)}`),
  // Another site may not read anything, whatever it announces.
  bare('404 not_found', 'asking beforehand from another site', ['OPTIONS /api/mutations HTTP/1.1', 'host: HOST', 'origin: https://evil.example', 'access-control-request-method: POST', 'access-control-request-headers: content-type', 'connection: close']),
]
