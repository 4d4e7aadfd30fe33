import { bare, get, post, type Attack } from './attack'

const folders = 'company=FOREIGN&offset=-1'
const page = '200 page'

/** Other spellings of an address: each reaches what it says or nothing, and the guard stands before both. */
export const PATHS: Attack[] = [
  // The same address spelled otherwise is the same address, with the same door.
  get('403 membership_ended', `/api/shapes/%66olders?${folders}`),
  get('403 membership_ended', `/%61pi/shapes/folders?${folders}`),
  get('403 membership_ended', `/api/shapes/folders%3F${folders}`),
  // Encoded twice it is another one, which there is not.
  get('404 not_found', `/api/%2573hapes/folders?${folders}`),
  get(page, `/%2561pi/shapes/folders?${folders}`),
  get('404 not_found', `/api/shapes%2Ffolders?${folders}`),
  get(page, `/api%2fshapes%2ffolders?${folders}`),
  get(page, `/API/shapes/folders?${folders}`),
  get(page, `//api/shapes/folders?${folders}`),
  get('404 not_found', `/api//shapes/folders?${folders}`),
  get('404 not_found', `/api/shapes//folders?${folders}`),
  get('404 not_found', `/api/./shapes/folders?${folders}`),
  get('404 not_found', `/api/companies/OWN/../FOREIGN/audit`),
  get('404 not_found', '/api/companies/OWN%2f..%2fFOREIGN/audit'),
  get('404 not_found', '/api/companies/FOREIGN%00/audit'),
  get('404 not_found', '/api/companies/FOREIGN;OWN/audit'),
  get('404 unknown_read', '/api/reads/__proto__?params=[]'),
  get('404 unknown_read', '/api/reads/toString?params=[]'),
  get(page, `/api;x/shapes/folders?${folders}`),
  get(page, `/api\\shapes\\folders?${folders}`),
  get('404 not_found', `/api/shapes%5cfolders?${folders}`),
  get('404 unknown_shape', `/api/shapes/folders%09?${folders}`),
  get('404 unknown_shape', `/api/shapes/folders%0d%0ax:y?${folders}`),
  get('404 unknown_shape', `/api/shapes/%c0%ae%c0%ae?${folders}`),
  get('404 unknown_shape', `/api/shapes/%?${folders}`),
  get('404 unknown_shape', `/api/shapes/%E0%A4%A?${folders}`),
  get('404 unknown_shape', `/api/shapes/folders.json?${folders}`),
  // What changes something is guarded in each spelling too.
  post('403 foreign_origin', '/%61pi/auth/sign-out', {}, 'origin: https://evil.example'),
  post('404 not_found', '/api/%2561uth/sign-out', {}),
  post('404 not_found', '/api//auth/sign-out', {}),
  // Files of the server are no files of the site.
  get(page, '/../server/index.mjs'),
  get(page, '/..%2f..%2fserver%2findex.mjs'),
  get(page, '/workers/..%2f..%2f..%2fserver%2fstart.mjs'),
  get('404', '/_nuxt/..%5c..%5cserver%5cindex.mjs'),
  get('404', '/_nuxt/%2e%2e/%2e%2e/server/index.mjs'),
  get(page, '/.env'),
  get(page, '/.git/config'),
  get(page, '/server/start.mjs'),
  get('404', '/_nuxt/entry.js.map'),
  get('404 not_found', '/api/_auth/session'),
  get('404', '/__nuxt_error?statusCode=200&message=x'),
  // Nothing of the request is said back.
  bare('404', 'a file that is not there, of a host that is none', ['GET /_nuxt/evil.example.js HTTP/1.1', 'host: [', 'x-forwarded-host: evil.example', 'connection: close']),
  bare('400', 'an address that is none', ['GET api/health HTTP/1.1', 'host: HOST']),
  bare('404', 'an address with the name of another site in it', ['GET http://evil.example/api/shapes/folders HTTP/1.1', 'host: HOST', 'cookie: COOKIE', 'connection: close']),
  bare('cut', 'asking for a tunnel', ['CONNECT evil.example:443 HTTP/1.1', 'host: HOST']),
]
