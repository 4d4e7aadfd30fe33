import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'

/** Where the pages are that the table speaks of. */
export interface Places {
  company: string
  workspace: string
  folder: string
  /** A company of the same owner in which there is nothing yet. */
  emptyCompany: string
  emptyWorkspace: string
}

/**
 * Who looks: in a browser of their own, which a walk keeps from page to page. To the unlucky one the server refuses every
 * row, to the waiting one it gives none, and the newcomer belongs to no company.
 */
export type Viewer = 'nobody' | 'owner' | 'guest' | 'newcomer' | 'unlucky' | 'waiting'

/** What a list shows where it shows no rows: its `data-face`. */
export type Face = 'loading' | 'empty' | 'offline' | 'error'

/** A page in one of its states. */
export interface Sight {
  /** Also the name of its picture. */
  readonly name: string
  readonly viewer: Viewer
  readonly path: (places: Places) => string
  /** What only this page's heading says: that it is there, and not the page for what is missing. */
  readonly heading: RegExp
  /** The face of all its lists that show no rows. Where none is said, none of them loads, failed or misses its rows. */
  readonly face?: Face
  /** `offline`: the network is taken away before. */
  readonly offline?: boolean
  /** Under this path the server gives no answer meanwhile, or refuses. */
  readonly stalls?: (places: Places) => string
  readonly refuses?: (places: Places) => string
  /** What a person does there first: opens a panel, types a word. */
  readonly act?: (page: Page) => Promise<void>
}

const ANY = /\S/
const inCompany = (path: string) => ({ company }: Places) => `/c/${company}${path}`
const inEmpty = (path: string) => ({ emptyCompany }: Places) => `/c/${emptyCompany}${path}`
const inWorkspace = ({ company, workspace }: Places) => `/c/${company}/w/${workspace}`
const inFolder = (places: Places) => `${inWorkspace(places)}/${places.folder}`
const ofCompany = (what: string) => ({ company }: Places) => `/api/companies/${company}/${what}`
const sessions = () => '/api/account/sessions'

const open = (testId: string, role: 'dialog' | 'menu') => async (page: Page) => {
  await page.getByTestId(testId).press('Enter')
  await page.getByRole(role).first().waitFor()
}
const press = (name: string | RegExp, then: 'dialog' | 'menu' | 'region' = 'dialog') => async (page: Page) => {
  await page.getByRole('main').getByRole('button', { name }).first().press('Enter')
  await page.getByRole(then).last().waitFor()
}
const invite = async (page: Page) => {
  await page.getByRole('button', { name: 'Invite', exact: true }).press('Enter')
  await page.getByRole('region', { name: 'Invites' }).waitFor()
}
const describeWorkspace = async (page: Page) => {
  await press(/^More for/, 'menu')(page)
  await page.getByRole('menuitem', { name: 'Edit description' }).press('Enter')
  await page.getByRole('dialog').getByRole('textbox').waitFor()
}
const moveFolder = async (page: Page) => {
  await page.getByRole('treeitem').first().click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Move' }).press('Enter')
  await page.getByRole('dialog').getByRole('tree').waitFor()
}
const openHistory = async (page: Page) => {
  await press(/^More for/, 'menu')(page)
  await page.getByRole('menuitem', { name: 'History' }).press('Enter')
  await page.getByRole('dialog').locator('[data-face], ol').first().waitFor()
}
const openLead = async (page: Page) => {
  await page.getByRole('list', { name: 'Leads' }).getByRole('button').first().press('Enter')
  await page.getByRole('dialog').waitFor()
}
const chooseBar = async (page: Page) => {
  await page.getByRole('group', { name: 'Leads by score' }).getByRole('button').last().press('Enter')
  await page.getByRole('button', { name: 'Clear all filters' }).waitFor()
}
const openGroup = async (page: Page) => {
  await page.getByRole('list', { name: 'Groups' }).getByRole('button').first().press('Enter')
  await page.getByRole('dialog').waitFor()
}

const search = (text: string) => async (page: Page) => {
  await page.getByTestId('search-field').pressSequentially(text)
  await page.locator(`[data-testid="search-results"][data-answers="${text}"]`).waitFor({ state: 'attached' })
}
/** Until every name is taken in, the palette says so: a hundred thousand of them take a while. */
const isFull = (page: Page) => page.waitForFunction(async () => {
  interface Root extends Element { __vue_app__?: { $nuxt?: { $pglite?: { query: (sql: string, params: unknown[]) => Promise<{ yes: boolean }[]> } } } }
  const root: Root | null = document.querySelector('#__nuxt')
  const rows = await root?.__vue_app__?.$nuxt?.$pglite?.query('select bool_and(done) and not exists (select from search_changes) as yes from search_fills', [])
  return rows?.[0]?.yes === true && !document.querySelector('[data-testid="search-filling"]')
}, undefined, { timeout: 180_000, polling: 250 })
const openSearch = (text: string) => async (page: Page) => {
  await page.getByTestId('search-open').press('Enter')
  await page.getByTestId('search-field').waitFor()
  await isFull(page)
  await search(text)(page)
}

/** Edits in every state, as the journal has them on a device that was offline for long. */
function editsOfAllStates(): object[] {
  const [now, company] = [Date.now(), randomUUID()]
  const entry = (about: string, mutation: object, more: object = {}) =>
    ({ format: 1, about, at: now - 3_600_000, state: 'waiting', mutation: { id: randomUUID(), version: 1, company, ...mutation }, ...more })
  const against = (state: string, code: string, message: string, more: object = {}) =>
    ({ state, decidedAt: now - 60_000, answer: { code, message, next: 'Look at both and choose.', ...more } })
  const rename = (text: string) => ({ name: 'folder.rename', input: { id: randomUUID(), name: text }, base: { name: 'Plans' } })
  return [
    entry('Plans', rename('Plans for spring'), against('conflict', 'conflict', 'Someone else changed the same thing meanwhile.', { theirs: { name: 'Plans and budgets of the whole year, with a long name' } })),
    entry('Drafts', { name: 'folder.describe', input: { id: randomUUID(), description: 'Words that were typed on a plane.' } }, against('conflict', 'deleted', 'This was deleted meanwhile.', { deletion_id: randomUUID() })),
    entry('', { name: 'folder.create', input: { id: randomUUID(), workspace_id: randomUUID(), parent_id: null, name: 'New ideas' } }, against('refused', 'role_changed', 'Your role in this company no longer allows this.')),
    ...Array.from({ length: 12 }, (_, n) => entry('Plans', rename(`Plans ${n}`))),
    entry('Old', { name: 'folder.delete', input: { ids: [randomUUID()], deletion_id: randomUUID() } }, { state: 'done', decidedAt: now - 120_000, rows: [] }),
  ]
}
const noteEdits = async (page: Page) => {
  await page.evaluate(async (entries) => {
    const name = (await indexedDB.databases()).find(({ name: found }) => found?.endsWith('-journal'))?.name ?? ''
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name)
      request.onsuccess = () => resolve(request.result)
    })
    const transaction = database.transaction('entries', 'readwrite')
    for (const one of entries) {
      const request = transaction.objectStore('entries').add(one)
      request.onsuccess = () => Object.assign(one, { seq: request.result })
    }
    await new Promise<void>((resolve) => { transaction.oncomplete = () => resolve() })
    database.close()
    new BroadcastChannel(`journal:${name}`).postMessage({ kind: 'noted', entries })
  }, editsOfAllStates())
  await page.getByRole('heading', { name: /^Done today/ }).waitFor()
  await page.getByTestId('changes-badge').waitFor()
}
const askedAboutUnsent = async (page: Page) => {
  await open('person-menu', 'menu')(page)
  await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter')
  await page.getByRole('dialog').waitFor()
}

/** Every page in every state that is drawn on purpose: what axe looks over and what screenshots show. */
export const SIGHTS: readonly Sight[] = [
  { name: 'sign-in', viewer: 'nobody', path: () => '/sign-in', heading: /^Sign in$/ },
  { name: 'sign-up', viewer: 'nobody', path: () => '/sign-up', heading: ANY },
  { name: 'reset', viewer: 'nobody', path: () => '/reset', heading: ANY },
  { name: 'reset-bad-link', viewer: 'nobody', path: () => '/reset?token=none', heading: ANY },
  { name: 'confirm-email-bad-link', viewer: 'nobody', path: () => '/confirm-email?token=none', heading: ANY },
  { name: 'invite-bad-link', viewer: 'nobody', path: () => '/invite?token=none', heading: ANY },

  { name: 'companies', viewer: 'owner', path: () => '/', heading: /^Companies$/ },
  { name: 'home', viewer: 'owner', path: inCompany(''), heading: ANY },
  { name: 'new-workspace', viewer: 'owner', path: inCompany(''), heading: ANY, act: press('New workspace') },
  { name: 'sync-panel', viewer: 'owner', path: inCompany(''), heading: ANY, act: open('sync-details', 'dialog') },
  { name: 'person-menu', viewer: 'owner', path: inCompany(''), heading: ANY, act: open('person-menu', 'menu') },
  { name: 'search-palette', viewer: 'owner', path: inCompany(''), heading: ANY, act: openSearch('ed') },
  { name: 'search-nothing', viewer: 'owner', path: inCompany(''), heading: ANY, face: 'empty', act: openSearch('qqzxqq') },
  { name: 'workspace', viewer: 'owner', path: inWorkspace, heading: ANY },
  { name: 'workspace-menu', viewer: 'owner', path: inWorkspace, heading: ANY, act: press(/^More for/, 'menu') },
  { name: 'edit-description', viewer: 'owner', path: inWorkspace, heading: ANY, act: describeWorkspace },
  { name: 'move-folder', viewer: 'owner', path: inWorkspace, heading: ANY, act: moveFolder },
  { name: 'folder', viewer: 'owner', path: inFolder, heading: ANY },
  { name: 'history', viewer: 'owner', path: inFolder, heading: ANY, act: openHistory },
  { name: 'history-loading', viewer: 'owner', path: inFolder, heading: ANY, face: 'loading', stalls: ofCompany('history'), act: openHistory },
  { name: 'history-error', viewer: 'owner', path: inFolder, heading: ANY, face: 'error', refuses: ofCompany('history'), act: openHistory },
  { name: 'history-empty', viewer: 'owner', path: inWorkspace, heading: ANY, face: 'empty', act: openHistory },
  { name: 'folder-missing', viewer: 'owner', path: places => `${inWorkspace(places)}/00000000-0000-4000-8000-000000000000`, heading: /not here/ },
  { name: 'company-missing', viewer: 'owner', path: () => '/c/00000000-0000-4000-8000-000000000000', heading: /not shared/ },
  { name: 'leads', viewer: 'owner', path: inCompany('/leads'), heading: /^Leads/ },
  { name: 'lead', viewer: 'owner', path: inCompany('/leads'), heading: /^Leads/, act: openLead },
  { name: 'dashboard', viewer: 'owner', path: inCompany('/dashboard'), heading: /^Dashboard/ },
  { name: 'dashboard-filtered', viewer: 'owner', path: inCompany('/dashboard'), heading: /^Dashboard/, act: chooseBar },
  { name: 'dashboard-tables', viewer: 'owner', path: inCompany('/dashboard?as=tables'), heading: /^Dashboard/ },
  { name: 'members', viewer: 'owner', path: inCompany('/members'), heading: /^Members/ },
  { name: 'invites-loading', viewer: 'owner', path: inCompany('/members'), heading: /^Members/, face: 'loading', stalls: ofCompany('invites'), act: invite },
  { name: 'invites-error', viewer: 'owner', path: inCompany('/members'), heading: /^Members/, face: 'error', refuses: ofCompany('invites'), act: invite },
  { name: 'invites-empty', viewer: 'owner', path: inCompany('/members'), heading: /^Members/, face: 'empty', act: invite },
  { name: 'groups', viewer: 'owner', path: inCompany('/groups'), heading: /^Groups/ },
  { name: 'group-panel', viewer: 'owner', path: inCompany('/groups'), heading: /^Groups/, act: openGroup },
  { name: 'trash', viewer: 'owner', path: inCompany('/trash'), heading: /^Trash$/ },
  { name: 'trash-loading', viewer: 'owner', path: inCompany('/trash'), heading: /^Trash$/, face: 'loading', stalls: ofCompany('deletions') },
  { name: 'trash-error', viewer: 'owner', path: inCompany('/trash'), heading: /^Trash$/, face: 'error', refuses: ofCompany('deletions') },
  { name: 'audit', viewer: 'owner', path: inCompany('/audit'), heading: /Audit/ },
  { name: 'audit-loading', viewer: 'owner', path: inCompany('/audit'), heading: /Audit/, face: 'loading', stalls: ofCompany('audit') },
  { name: 'audit-error', viewer: 'owner', path: inCompany('/audit'), heading: /Audit/, face: 'error', refuses: ofCompany('audit') },
  { name: 'company-settings', viewer: 'owner', path: inCompany('/settings'), heading: /^Company settings$/ },
  { name: 'leave-company', viewer: 'owner', path: inCompany('/settings'), heading: /^Company settings$/, act: press(/^Leave/) },
  { name: 'import', viewer: 'owner', path: inCompany('/import'), heading: /Import/ },
  { name: 'search', viewer: 'owner', path: () => '/search', heading: /Search/ },
  { name: 'search-results', viewer: 'owner', path: () => '/search', heading: /Search/, act: search('ol') },
  { name: 'settings', viewer: 'owner', path: () => '/settings', heading: /^Settings$/ },
  { name: 'settings-preferences', viewer: 'owner', path: () => '/settings/preferences', heading: /^Settings$/ },
  { name: 'settings-security', viewer: 'owner', path: () => '/settings/security', heading: /^Settings$/ },
  { name: 'sessions-loading', viewer: 'owner', path: () => '/settings/security', heading: /^Settings$/, face: 'loading', stalls: sessions },
  { name: 'sessions-error', viewer: 'owner', path: () => '/settings/security', heading: /^Settings$/, face: 'error', refuses: sessions },
  { name: 'settings-storage', viewer: 'owner', path: () => '/settings/storage', heading: /^Settings$/ },
  { name: 'changes', viewer: 'owner', path: () => '/changes', heading: /^Changes$/, face: 'empty' },
  { name: 'new-company', viewer: 'owner', path: () => '/welcome', heading: ANY },

  { name: 'home-empty', viewer: 'owner', path: inEmpty(''), heading: ANY },
  { name: 'groups-empty', viewer: 'owner', path: inEmpty('/groups'), heading: /^Groups/, face: 'empty' },
  { name: 'leads-empty', viewer: 'owner', path: inEmpty('/leads'), heading: /^Leads/, face: 'empty' },
  { name: 'dashboard-empty', viewer: 'owner', path: inEmpty('/dashboard'), heading: /^Dashboard/, face: 'empty' },
  { name: 'trash-empty', viewer: 'owner', path: inEmpty('/trash'), heading: /^Trash$/, face: 'empty' },
  { name: 'audit-empty', viewer: 'owner', path: inEmpty('/audit'), heading: /Audit/, face: 'empty' },
  { name: 'workspace-empty', viewer: 'owner', path: ({ emptyCompany, emptyWorkspace }) => `/c/${emptyCompany}/w/${emptyWorkspace}`, heading: ANY, face: 'empty' },

  { name: 'guest-home', viewer: 'guest', path: inCompany(''), heading: ANY },
  { name: 'guest-workspace', viewer: 'guest', path: inWorkspace, heading: ANY },
  { name: 'guest-members', viewer: 'guest', path: inCompany('/members'), heading: ANY },

  // The list of somebody's companies is never empty: who has none is led on.
  { name: 'companies-empty', viewer: 'newcomer', path: () => '/', heading: /^Welcome/ },

  { name: 'companies-error', viewer: 'unlucky', path: () => '/', heading: /^Companies$/, face: 'error' },
  { name: 'home-error', viewer: 'unlucky', path: inCompany(''), heading: /^Company$/, face: 'error' },
  { name: 'members-error', viewer: 'unlucky', path: inCompany('/members'), heading: /^Members/, face: 'error' },
  { name: 'groups-error', viewer: 'unlucky', path: inCompany('/groups'), heading: /^Groups/, face: 'error' },
  { name: 'workspace-error', viewer: 'unlucky', path: inWorkspace, heading: /^Workspace$/, face: 'error' },
  { name: 'folder-error', viewer: 'unlucky', path: inFolder, heading: /^Folder$/, face: 'error' },

  // Nothing has come yet, and then nothing can: `absent`.
  { name: 'companies-loading', viewer: 'waiting', path: () => '/', heading: /^Companies$/, face: 'loading' },
  { name: 'home-loading', viewer: 'waiting', path: inCompany(''), heading: /^Company$/, face: 'loading' },
  { name: 'members-loading', viewer: 'waiting', path: inCompany('/members'), heading: /^Members/, face: 'loading' },
  { name: 'groups-loading', viewer: 'waiting', path: inCompany('/groups'), heading: /^Groups/, face: 'loading' },
  { name: 'workspace-loading', viewer: 'waiting', path: inWorkspace, heading: /^Workspace$/, face: 'loading' },
  { name: 'companies-absent', viewer: 'waiting', path: () => '/', heading: /^Companies$/, face: 'offline', offline: true },
  { name: 'home-absent', viewer: 'waiting', path: inCompany(''), heading: /^Company$/, face: 'offline', offline: true },
  { name: 'members-absent', viewer: 'waiting', path: inCompany('/members'), heading: /^Members/, face: 'offline', offline: true },
  { name: 'groups-absent', viewer: 'waiting', path: inCompany('/groups'), heading: /^Groups/, face: 'offline', offline: true },
  { name: 'workspace-absent', viewer: 'waiting', path: inWorkspace, heading: /^Workspace$/, face: 'offline', offline: true },
  { name: 'folder-absent', viewer: 'waiting', path: inFolder, heading: /^Folder$/, face: 'offline', offline: true },

  // Last of the owner's: from here on the network is away, and all that a device keeps is here.
  { name: 'home-offline', viewer: 'owner', path: inCompany(''), heading: ANY, offline: true },
  { name: 'workspace-offline', viewer: 'owner', path: inWorkspace, heading: ANY, offline: true },
  { name: 'members-offline', viewer: 'owner', path: inCompany('/members'), heading: /^Members/, offline: true },
  { name: 'invites-offline', viewer: 'owner', path: inCompany('/members'), heading: /^Members/, face: 'offline', offline: true, act: invite },
  { name: 'groups-offline', viewer: 'owner', path: inCompany('/groups'), heading: /^Groups/, offline: true },
  { name: 'history-offline', viewer: 'owner', path: inFolder, heading: ANY, face: 'offline', offline: true, act: openHistory },
  { name: 'trash-offline', viewer: 'owner', path: inCompany('/trash'), heading: /^Trash$/, face: 'offline', offline: true },
  { name: 'audit-offline', viewer: 'owner', path: inCompany('/audit'), heading: /Audit/, face: 'offline', offline: true },
  { name: 'import-offline', viewer: 'owner', path: inCompany('/import'), heading: /Import/, offline: true },
  { name: 'search-offline', viewer: 'owner', path: () => '/search', heading: /Search/, face: 'offline', offline: true, act: search('ol') },
  { name: 'settings-offline', viewer: 'owner', path: () => '/settings', heading: /^Settings$/, offline: true },
  { name: 'sessions-offline', viewer: 'owner', path: () => '/settings/security', heading: /^Settings$/, face: 'offline', offline: true },
  { name: 'changes-offline', viewer: 'owner', path: () => '/changes', heading: /^Changes$/, offline: true, act: noteEdits },
  { name: 'sign-out-unsent', viewer: 'owner', path: () => '/changes', heading: /^Changes$/, offline: true, act: askedAboutUnsent },
]
