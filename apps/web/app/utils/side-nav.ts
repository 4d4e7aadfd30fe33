import { MANAGERS, STAFF, type Role } from '#shared/catalogue/roles'

export interface NavLink { label: string, icon: string, to: string, current: boolean }

interface Place { label: string, icon: string, path: string, roles?: readonly Role[] }

/** The pages of a company in their order. Who is not among the roles is not offered one, and its address shows them nobody. */
const PLACES: readonly Place[] = [
  { label: 'Home', icon: 'i-lucide-house', path: '' },
  { label: 'Search', icon: 'i-lucide-search', path: '/search' },
  { label: 'Leads', icon: 'i-lucide-inbox', path: '/leads', roles: STAFF },
  { label: 'Dashboard', icon: 'i-lucide-chart-column', path: '/dashboard', roles: STAFF },
  { label: 'Members', icon: 'i-lucide-users', path: '/members', roles: STAFF },
  { label: 'Groups', icon: 'i-lucide-users-round', path: '/groups', roles: STAFF },
  { label: 'Trash', icon: 'i-lucide-trash-2', path: '/trash', roles: STAFF },
  { label: 'Import', icon: 'i-lucide-upload', path: '/import', roles: MANAGERS },
  { label: 'Audit', icon: 'i-lucide-scroll-text', path: '/audit', roles: ['owner'] },
  { label: 'Settings', icon: 'i-lucide-settings', path: '/settings' },
]

/** The links of a company's navigation for a role; the home alone while the role is not known yet. */
export function companyNav(company: string, role: Role | undefined, route: string): NavLink[] {
  const home = `/c/${company}`
  const open = PLACES.filter(({ path, roles }) => role === undefined ? path === '' : !roles || roles.includes(role))
  return open.map(({ label, icon, path }) => {
    const to = path === '/search' ? path : `${home}${path}`
    return { label, icon, to, current: path === '' ? route === home || route.startsWith(`${home}/w/`) : route === to }
  })
}

/** The links where no company is stood in: as wide as a company's, so that nothing moves on the way from one to the other. */
export function personNav(route: string): NavLink[] {
  return [
    { label: 'Companies', icon: 'i-lucide-house', to: '/', current: route === '/' },
    { label: 'Search', icon: 'i-lucide-search', to: '/search', current: route === '/search' },
    { label: 'Settings', icon: 'i-lucide-settings', to: '/settings', current: route.startsWith('/settings') },
  ]
}

/** Whether an address within a company is for other roles than this one. */
export function isClosedTo(role: Role, company: string, route: string): boolean {
  const place = PLACES.find(({ path }) => path !== '' && route === `/c/${company}${path}`)
  return place?.roles !== undefined && !place.roles.includes(role)
}
