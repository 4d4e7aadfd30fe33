import { get, post, type Attack } from './attack'

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const deepObject = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
const preferences = (id: string, value: string) => `{"mutations":[{"id":"0190b0b0-0000-7000-8000-00000000${id}","name":"person.preferences","version":1,"input":{"preferences":{"x":${value}}}}]}`
const own = '/api/shapes/folders?company=OWN'

/** Bodies and numbers that are made to cost, or that no PostgreSQL can hold. */
export const BODIES: Attack[] = [
  post('400 invalid_input', '/api/mutations', deep(100_000)),
  post('400 invalid_input', '/api/mutations', `{"mutations":${deep(100_000)}}`),
  post('400 invalid_input', '/api/shapes/live', deep(100_000)),
  post('400 invalid_input', '/api/mutations', deepObject(40_000)),
  post('200 invalid_input', '/api/mutations', preferences('0001', deep(100_000))),
  post('200 invalid_input', '/api/mutations', preferences('0002', deepObject(40_000))),
  post('200 invalid_input', '/api/mutations', preferences('0003', JSON.stringify('x'.repeat(200_000)))),
  post('200 invalid_input', '/api/mutations', preferences('0004', '"\\u0000"')),
  post('200 invalid_input', '/api/mutations', preferences('0005', '"\\ud800"')),
  post('413 too_large', '/api/mutations', ' '.repeat(300_000)),
  post('400 invalid_input', '/api/mutations', `{"mutations":[${'{},'.repeat(50_000)}{}]}`),
  post('400 invalid_input', '/api/mutations', '{"mutations":[{"id":1e999}]}'),
  post('400 invalid_input', '/api/mutations', `${'9'.repeat(200_000)}`),
  post('400 invalid_input', '/api/mutations', '\xFF\xFE{}'),
  post('400 invalid_input', '/api/mutations', '{"mutations":[]}{"mutations":[]}'),
  post('400 invalid_input', '/api/mutations', ')]}\',\n{}'),
  post('400 invalid_input', '/api/shapes/live', JSON.stringify(Array.from({ length: 1_500 }, () => ({ shape: 'folders', company: 'OWN', handle: 'a', offset: '0_0' })))),
  // Places in a log that there are not: told as the browser's own mistake, and nothing waits for them.
  ...['18446744073709551616_0', '0_18446744073709551616', '99999999999999999999_99999999999999999999', '99999999999999999999_inf'].map(offset => get('400 invalid_input', `${own}&handle=MINE&offset=${offset}`)),
  ...['111111111111111111111_0', '-2', '1', '_', '1_', '0_-1', '0x1_0', '1e3_0', '%D9%A3_%D9%A0', 'inf_0', 'NaN', '1_0%0a', 'now'].map(offset => get('400 invalid_input', `${own}&handle=MINE&offset=${offset}`)),
  get('400 invalid_input', `${own}&offset=0_0&handle=${'a'.repeat(101)}`),
  ...['0', '-1', '201', '1e9', 'Infinity', 'NaN', '1.5', '0x7fffffffffffffff'].map(limit => get('400 invalid_input', `/api/companies/OWN/audit?limit=${limit}`)),
  ...['0', '-1', '9007199254740993', '99999999999999999999', '1e400', '1%27or%271'].map(before => get('400 invalid_input', `/api/companies/OWN/audit?before=${before}`)),
  ...['0', '-1', '9007199254740993', '1e400', '1%27or%271'].map(before => get('400 invalid_input', `/api/companies/OWN/history?folder=OWN&before=${before}`)),
  ...['0', '1', '99999999999999999.OWN', '-1.OWN', '1.OWN%00', '1.OWN%0a', '1.1%27or%271', '%D9%A3.OWN'].map(before => get('400 invalid_input', `/api/companies/OWN/deletions?before=${before}`)),
  get('400 invalid_input', `/api/reads/members?params=${deep(6_000)}`),
]
