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

/** Who looks: in a browser of their own, which a walk keeps from page to page. To the unlucky one the server refuses every row. */
export type Viewer = 'nobody' | 'owner' | 'guest' | 'unlucky'

/** A page in one of its states. */
export interface Sight {
  /** Also the name of its picture. */
  readonly name: string
  readonly viewer: Viewer
  readonly path: (places: Places) => string
  /** What only this page's heading says: that it is there, and not the page for what is missing. */
  readonly heading: RegExp
  /** `offline`: the network is taken away before. */
  readonly offline?: boolean
  /** What a person does there first: opens a panel, types a word. */
  readonly act?: (page: Page) => Promise<void>
}

const ANY = /\S/
const inCompany = (path: string) => ({ company }: Places) => `/c/${company}${path}`
const inEmpty = (path: string) => ({ emptyCompany }: Places) => `/c/${emptyCompany}${path}`
const open = (testId: string, role: 'dialog' | 'menu') => async (page: Page) => {
  await page.getByTestId(testId).press('Enter')
  await page.getByRole(role).first().waitFor()
}
const openSearch = async (page: Page) => {
  await page.getByTestId('search-open').press('Enter')
  await page.getByTestId('search-field').pressSequentially('ed')
  await page.getByRole('option').first().waitFor()
  // Until every name is taken in, the palette says so: a hundred thousand of them take a while.
  await page.getByTestId('search-filling').waitFor({ state: 'detached', timeout: 180_000 })
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
  { name: 'sync-panel', viewer: 'owner', path: inCompany(''), heading: ANY, act: open('sync-details', 'dialog') },
  { name: 'person-menu', viewer: 'owner', path: inCompany(''), heading: ANY, act: open('person-menu', 'menu') },
  { name: 'search-palette', viewer: 'owner', path: inCompany(''), heading: ANY, act: openSearch },
  { name: 'workspace', viewer: 'owner', path: ({ company, workspace }) => `/c/${company}/w/${workspace}`, heading: ANY },
  { name: 'folder', viewer: 'owner', path: ({ company, workspace, folder }) => `/c/${company}/w/${workspace}/${folder}`, heading: ANY },
  { name: 'folder-missing', viewer: 'owner', path: ({ company, workspace }) => `/c/${company}/w/${workspace}/00000000-0000-4000-8000-000000000000`, heading: /not here/ },
  { name: 'company-missing', viewer: 'owner', path: () => '/c/00000000-0000-4000-8000-000000000000', heading: /not shared/ },
  { name: 'members', viewer: 'owner', path: inCompany('/members'), heading: /^Members/ },
  { name: 'groups', viewer: 'owner', path: inCompany('/groups'), heading: /^Groups/ },
  { name: 'audit', viewer: 'owner', path: inCompany('/audit'), heading: /Audit/ },
  { name: 'company-settings', viewer: 'owner', path: inCompany('/settings'), heading: /^Company settings$/ },
  { name: 'import', viewer: 'owner', path: inCompany('/import'), heading: /Import/ },
  { name: 'search', viewer: 'owner', path: () => '/search', heading: /Search/ },
  { name: 'settings', viewer: 'owner', path: () => '/settings', heading: /^Settings$/ },
  { name: 'settings-preferences', viewer: 'owner', path: () => '/settings/preferences', heading: /^Settings$/ },
  { name: 'settings-security', viewer: 'owner', path: () => '/settings/security', heading: /^Settings$/ },
  { name: 'settings-storage', viewer: 'owner', path: () => '/settings/storage', heading: /^Settings$/ },
  { name: 'new-company', viewer: 'owner', path: () => '/welcome', heading: ANY },

  { name: 'home-empty', viewer: 'owner', path: inEmpty(''), heading: ANY },
  { name: 'groups-empty', viewer: 'owner', path: inEmpty('/groups'), heading: /^Groups/ },
  { name: 'workspace-empty', viewer: 'owner', path: ({ emptyCompany, emptyWorkspace }) => `/c/${emptyCompany}/w/${emptyWorkspace}`, heading: ANY },

  { name: 'guest-home', viewer: 'guest', path: inCompany(''), heading: ANY },
  { name: 'guest-workspace', viewer: 'guest', path: ({ company, workspace }) => `/c/${company}/w/${workspace}`, heading: ANY },
  { name: 'guest-members', viewer: 'guest', path: inCompany('/members'), heading: ANY },

  { name: 'companies-error', viewer: 'unlucky', path: () => '/', heading: /^Companies$/ },
  { name: 'home-error', viewer: 'unlucky', path: inCompany(''), heading: /^Company$/ },
  { name: 'members-error', viewer: 'unlucky', path: inCompany('/members'), heading: /^Members/ },
  { name: 'groups-error', viewer: 'unlucky', path: inCompany('/groups'), heading: /^Groups/ },
  { name: 'workspace-error', viewer: 'unlucky', path: ({ company, workspace }) => `/c/${company}/w/${workspace}`, heading: /^Workspace$/ },

  // Last of the owner's: from here on the network is away.
  { name: 'home-offline', viewer: 'owner', path: inCompany(''), heading: ANY, offline: true },
  { name: 'workspace-offline', viewer: 'owner', path: ({ company, workspace }) => `/c/${company}/w/${workspace}`, heading: ANY, offline: true },
  { name: 'members-offline', viewer: 'owner', path: inCompany('/members'), heading: /^Members/, offline: true },
  { name: 'audit-offline', viewer: 'owner', path: inCompany('/audit'), heading: /Audit/, offline: true },
  { name: 'settings-offline', viewer: 'owner', path: () => '/settings', heading: /^Settings$/, offline: true },
]
