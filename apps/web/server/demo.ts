/** The people of the demo data; `scripts/seed-demo.ts` makes them and the sign-in page offers them, in demo mode only. */
export const DEMO_PASSWORD = 'demo-password'

export const DEMO_COMPANIES = [
  { slug: 'editors', name: 'Editors Guild', tree: 'editors.tsv.gz' },
  { slug: 'database', name: 'Database Works', tree: 'database.tsv.gz' },
] as const

export type DemoRole = 'owner' | 'admin' | 'member' | 'guest'
export type DemoCompany = (typeof DEMO_COMPANIES)[number]['slug']

interface DemoPerson {
  email: string
  name: string
  roles: Partial<Record<DemoCompany, DemoRole>>
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { email: 'olga@demo.example', name: 'Olga Owner', roles: { editors: 'owner' } },
  { email: 'adam@demo.example', name: 'Adam Admin', roles: { editors: 'admin' } },
  { email: 'mara@demo.example', name: 'Mara Member', roles: { editors: 'member' } },
  { email: 'miro@demo.example', name: 'Miro Member', roles: { editors: 'member' } },
  { email: 'gita@demo.example', name: 'Gita Guest', roles: { editors: 'guest' } },
  { email: 'otto@demo.example', name: 'Otto Owner', roles: { database: 'owner' } },
  { email: 'anna@demo.example', name: 'Anna Admin', roles: { database: 'admin' } },
  { email: 'moritz@demo.example', name: 'Moritz Member', roles: { database: 'member' } },
  { email: 'greta@demo.example', name: 'Greta Guest', roles: { database: 'guest' } },
  { email: 'bea@demo.example', name: 'Bea Both', roles: { editors: 'member', database: 'admin' } },
]

export const DEMO_ACCOUNTS = DEMO_PEOPLE.map(({ email, name, roles }) => ({
  email,
  password: DEMO_PASSWORD,
  note: `${name}: ${DEMO_COMPANIES.filter(({ slug }) => roles[slug]).map(company => `${roles[company.slug]} of ${company.name}`).join(', ')}`,
}))
