import { get, post, type Attack } from './attack'

const own = '/api/shapes/folders?company=OWN'
const read = (answer: string, name: string, ...params: unknown[]) => get(answer, `/api/reads/${name}?params=${JSON.stringify(params)}`)
let count = 0
/** A key that is given once: what comes again under one is only answered again. */
const key = () => `0190b0b0-0000-7000-8000-${String(++count).padStart(12, '0')}`
const mutation = (answer: string, company: string, name: string, input: object) =>
  post(`200 ${answer}`, '/api/mutations', { mutations: [{ id: key(), name, version: 1, company, input }] })
const theirs = (path: string, body: object) => post('403 membership_ended', `/api/companies/FOREIGN/${path}`, body)

/** Who owns one company asks for another one's: by its name, by its handles, by the keys of its rows. */
export const TENANTS: Attack[] = [
  // A handle is a place in a log, not a ticket: the server asks for the shape that it has bound itself.
  get('409', `${own}&handle=HANDLE&offset=OFFSET`),
  get('409', `${own}&handle=HANDLE&offset=0_0`),
  get('200', `${own}&offset=-1&handle=HANDLE`),
  get('200', `${own}&offset=-1&expired_handle=HANDLE`),
  get('200', `${own}&offset=-1&cursor=HANDLE&cache-buster=HANDLE`),
  get('403 membership_ended', '/api/shapes/folders?company=FOREIGN&handle=HANDLE&offset=OFFSET'),
  post('200 membership_ended', '/api/shapes/live', [{ shape: 'folders', company: 'FOREIGN', handle: 'HANDLE', offset: 'OFFSET' }]),
  post('200 must-refetch', '/api/shapes/live', [{ shape: 'folders', company: 'OWN', handle: 'HANDLE', offset: 'OFFSET' }]),
  post('200 membership_ended', '/api/shapes/stream', [{ shape: 'folders', company: 'FOREIGN', handle: 'HANDLE', offset: 'OFFSET' }]),
  post('200 must-refetch', '/api/shapes/stream', [{ shape: 'workspaces', company: 'OWN', handle: 'HANDLE', offset: 'OFFSET' }]),
  post('400 invalid_input', '/api/shapes/live', [{ shape: 'folders', company: 'OWN', handle: 'MINE', offset: '0_0' }, { shape: 'folders', company: 'OWN', handle: 'HANDLE', offset: 'OFFSET' }]),
  // Reads name rows.
  ...['company', 'members', 'groups', 'group-members', 'workspaces', 'recent-changes'].map(name => read('403 membership_ended', name, 'FOREIGN')),
  read('200', 'workspace', 'WORKSPACE'),
  read('200', 'folders-top', 'WORKSPACE'),
  read('200', 'folders-children', 'WORKSPACE', 'FOLDER'),
  read('200', 'folder', 'FOLDER'),
  read('200', 'breadcrumb', 'FOLDER'),
  read('200', 'folder-counts', ['WORKSPACE']),
  // Edits: of a company of theirs, and of rows of theirs in a company of one's own.
  mutation('membership_ended', 'FOREIGN', 'workspace.rename', { id: 'WORKSPACE', name: 'taken' }),
  mutation('membership_ended', 'FOREIGN', 'folder.delete', { ids: ['FOLDER'], deletion_id: 'FOLDER' }),
  mutation('not_found', 'OWN', 'workspace.rename', { id: 'WORKSPACE', name: 'taken' }),
  mutation('not_found', 'OWN', 'folder.rename', { id: 'FOLDER', name: 'taken' }),
  mutation('not_found', 'OWN', 'folder.create', { id: key(), workspace_id: 'WORKSPACE', parent_id: null, name: 'mine' }),
  mutation('not_found', 'OWN', 'group.rename', { id: 'GROUP', name: 'taken' }),
  mutation('not_found', 'OWN', 'group.add-people', { group_id: 'GROUP', people: [{ id: key(), user_id: 'USER' }] }),
  mutation('membership_ended', 'FOREIGN', 'lead.set-status', { id: 'LEAD', status: 'lost' }),
  mutation('not_found', 'OWN', 'lead.set-status', { id: 'LEAD', status: 'lost' }),
  mutation('not_found', 'OWN', 'lead.set-notes', { id: 'LEAD', notes: 'taken' }),
  mutation('not_found', 'OWN', 'member.change-role', { user_id: 'THEIRS', role: 'guest' }),
  // Acts of accounts.
  get('403 membership_ended', '/api/companies/FOREIGN/audit'),
  get('403 membership_ended', '/api/companies/FOREIGN/history?folder=FOLDER'),
  get('403 membership_ended', '/api/companies/FOREIGN/deletions'),
  get('200', '/api/companies/OWN/history?folder=FOLDER'),
  get('200', '/api/companies/OWN/history?workspace=WORKSPACE'),
  get('403 membership_ended', '/api/companies/FOREIGN/history?lead=LEAD'),
  get('200', '/api/companies/OWN/history?lead=LEAD'),
  get('403 membership_ended', '/api/companies/FOREIGN/invites'),
  theirs('invites', { role: 'admin' }),
  theirs('invites/revoke', { id: 'INVITE' }),
  post('404 not_found', '/api/companies/OWN/invites/revoke', { id: 'INVITE' }),
  theirs('leave', {}),
  theirs('remove-member', { user_id: 'THEIRS' }),
  post('404 not_found', '/api/companies/OWN/remove-member', { user_id: 'THEIRS' }),
  post('410 invite_ended', '/api/invites/accept', { token: 'INVITE' }),
]
