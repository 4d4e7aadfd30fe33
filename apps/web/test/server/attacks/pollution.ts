import { get, post, type Attack } from './attack'

const shape = '/api/shapes/folders?company=OWN&offset=-1'
const rename = (name: string) => ({ id: 'THEIRS', name: 'workspace.rename', version: 1, company: 'OWN', input: { id: 'OWN', name } })

/** The same thing said twice, things said in the wrong form, and objects that would change all others. */
export const POLLUTION: Attack[] = [
  get('400 invalid_input', `${shape}&company=OWN`),
  get('200', `${shape}&company[]=FOREIGN&company[0]=FOREIGN&company.id=FOREIGN&company;=FOREIGN`),
  get('200', `${shape}&__proto__[company]=FOREIGN&constructor[prototype][company]=FOREIGN`),
  get('403 membership_ended', '/api/shapes/folders?&&company=FOREIGN&offset=-1'),
  get('400 invalid_input', '/api/reads/members?params=["OWN"]&params=["FOREIGN"]'),
  get('400 invalid_input', '/api/reads/members?params=["OWN","FOREIGN"]'),
  get('400 invalid_input', '/api/reads/members?params=[["OWN","FOREIGN"]]'),
  get('400 invalid_input', '/api/reads/members?params={"0":"OWN"}'),
  get('400 invalid_input', '/api/reads/members?params[]=OWN'),
  get('400 invalid_input', '/api/reads/members?params=[{"__proto__":"OWN"}]'),
  get('400 invalid_input', '/api/reads/members?params=["OWN\'%20or%20true--"]'),
  get('400 invalid_input', '/api/companies/OWN/audit?limit=50&limit=200'),
  get('400 invalid_input', '/api/companies/OWN/history?folder=OWN&folder=FOREIGN'),
  get('400 invalid_input', '/api/companies/OWN/history?folder=OWN&company=FOREIGN'),
  get('400 invalid_input', '/api/companies/OWN/deletions?limit=50&limit=200'),
  get('200', '/api/companies/OWN/audit?limit[]=50&limit[]=1'),
  get('410 invite_ended', '/api/invites?token=a&token=b'),
  get('410 invite_ended', '/api/invites?token[]=a'),
  get('200', '/api/companies/slug-free?slug=a&slug=b'),
  post('400 invalid_input', '/api/mutations', '{"mutations":[],"__proto__":{"isAdmin":true}}'),
  post('400 invalid_input', '/api/mutations', '{"__proto__":{"mutations":[]}}'),
  post('400 invalid_input', '/api/mutations', { mutations: [{ ...rename('x'), role: 'owner' }] }),
  post('400 invalid_input', '/api/mutations', `{"mutations":[${JSON.stringify(rename('x')).replace('}}', '},"__proto__":{"company":"FOREIGN"}}')}]}`),
  post('200 not_found', '/api/mutations', `{"mutations":[${JSON.stringify({ ...rename('x'), input: 1 }).replace('"input":1', '"input":{"id":"OWN","name":"x","__proto__":{"company_id":"FOREIGN"}}')}]}`),
  post('200 not_found', '/api/mutations', `{"mutations":[${JSON.stringify({ ...rename('x'), id: 'OWN' }).replace('"company":"OWN"', '"company":"FOREIGN","company":"OWN"')}]}`),
  post('200 membership_ended', '/api/mutations', `{"mutations":[${JSON.stringify({ ...rename('x'), id: 'FOREIGN' }).replace('"company":"OWN"', '"company":"OWN","company":"FOREIGN"')}]}`),
  post('200 invalid_input', '/api/mutations', { mutations: [{ ...rename('x'), id: 'WORKSPACE', name: 'workspace.rename', input: { id: 'OWN', name: { toString: 'x' } } }] }),
  post('200 unknown_mutation', '/api/mutations', { mutations: [{ ...rename('x'), id: 'FOLDER', name: '__proto__' }] }),
  post('400 invalid_input', '/api/companies', '{"name":"A","slug":"a-slug","owner_id":"THEIRS"}'),
  post('400 invalid_input', '/api/companies/OWN/invites', '{"role":["admin"]}'),
  post('400 invalid_input', '/api/companies/OWN/invites', '{"role":"owner"}'),
  post('400 invalid_input', '/api/companies/OWN/invites', '{"role":"admin","company_id":"FOREIGN"}'),
]
