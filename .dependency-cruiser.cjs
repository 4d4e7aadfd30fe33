/**
 * Which part may import which: the one-way road and the places where code runs.
 * @type {import('dependency-cruiser').IConfiguration}
 */

const SHARED = '^apps/web/shared/'
const APP = '^apps/web/app/'
const SERVER = '^apps/web/server/'
const WORKER = '^apps/web/worker/'
const SERVICE_WORKER = '^apps/web/service-worker/'
const HEAD_START = '^apps/web/head-start/'
const FORM = '^apps/web/form/'
const never = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to })
const path = value => ({ path: value })

module.exports = {
  forbidden: [
    never('shared-knows-no-side', 'What both sides know imports neither of them.', path(SHARED), path([APP, SERVER, WORKER, SERVICE_WORKER, '^apps/embedded/', '^scripts/'])),
    never('shared-knows-no-platform', 'shared/ runs everywhere: no Node, Vue, Nitro or PGlite in it.', path(SHARED), path(['^vue', '/vue/', '^#app', '^#imports', '^nuxt', '^nitropack', '^h3$', '/node_modules/(nuxt|nitropack|h3|pinia|vue-router)/', '@electric-sql/pglite'])),
    never('shared-knows-no-node', 'shared/ runs in browsers too.', path(SHARED), { dependencyTypes: ['core'] }),
    never('drizzle-stays-in-the-catalogue', 'Drizzle weighs more than the page: only the catalogue speaks it, the browser has what is generated.', { path: [APP, WORKER, SHARED], pathNot: '^apps/web/shared/catalogue/' }, path('(^|/)drizzle-(orm|zod|kit)')),
    never('browser-takes-types-of-the-catalogue-only', 'The catalogue brings drizzle: the browser imports its types, and values from shared/generated.', { path: [APP, WORKER, '^apps/web/shared/(reads|protocol|generated|mutations)/'] }, { path: '^apps/web/shared/catalogue/(entities|tables|columns|shapes)', dependencyTypesNot: ['type-only'] }),
    never('page-knows-no-server', 'The page speaks to the server by its routes only.', path(APP), path([SERVER, WORKER])),
    never('server-knows-no-page', 'The server speaks to the page by its answers only.', path(SERVER), path([APP, WORKER])),
    never('connections-are-behind-the-doors', 'Who asks is set at a door of db/: whatever takes a connection past it sees every tenant. The limiter counts before anybody is known, the lifecycle closes.', { path: SERVER, pathNot: '^apps/web/server/(db/|session/limiter\\.ts$|plugins/lifecycle\\.ts$)' }, path('^apps/web/server/db/pool')),
    never('driver-stays-in-db', 'A client of one\'s own would go around the doors of db/.', { path: SERVER, pathNot: '^apps/web/server/db/' }, path('^pg(/|$)|(^|/)node_modules/(@types/)?pg/')),
    never('worker-knows-no-page', 'The worker speaks to tabs and server by the protocol only.', path(WORKER), path([APP, SERVER])),
    never('service-worker-knows-files-only', 'The service worker keeps the files of a build; what is for a person never passes through it.', path(SERVICE_WORKER), path([APP, SERVER, WORKER, '^apps/web/shared/(?!protocol/shell)'])),
    never('nobody-takes-from-the-service-worker', 'It is a program of its own: pages speak to it by messages.', { path: '^apps/web/', pathNot: ['^apps/web/test/', SERVICE_WORKER] }, path(SERVICE_WORKER)),
    never('head-start-knows-shared-only', 'It stands in every page, before the app: nothing comes into it but what both know.', path(HEAD_START), path([APP, SERVER, WORKER, SERVICE_WORKER])),
    never('nobody-takes-from-the-head-start', 'It is a program of its own: the app takes over what it left in the page.', { path: '^apps/web/', pathNot: ['^apps/web/test/', HEAD_START] }, path(HEAD_START)),
    never('form-knows-shared-only', 'A stranger waits for it at a stand: nothing of the app comes into it. How a database is replaced is the same for programs that keep leads.', path(FORM), { path: [APP, SERVER, WORKER, SERVICE_WORKER, HEAD_START], pathNot: '^apps/web/worker/database/swappable\\.ts$' }),
    never('nobody-takes-from-the-form', 'It is a program of its own, with a page of its own.', { path: '^apps/web/', pathNot: ['^apps/web/test/', FORM] }, path(FORM)),
    never('component-reads-through-composables', 'A component takes rows from a sync composable, not from SQL or the connection.', path('^apps/web/app/(components|pages|layouts)/'), { path: ['^apps/web/shared/reads/', '^apps/web/app/utils/pglite', '@electric-sql/'], dependencyTypesNot: ['type-only'] }),
    never('app-knows-no-embedded-stack', 'The app knows two addresses; what stands behind them is not its business.', { path: '^apps/web/', pathNot: '^apps/web/test/' }, path('^apps/embedded/')),
    never('embedded-stack-knows-no-app', 'The embedded stack serves any table, whoever asks.', { path: '^apps/embedded/', pathNot: '^apps/embedded/test/' }, path('^apps/web/')),
    never('product-knows-no-test', 'Nothing that ships imports a test.', { path: '^apps/[^/]+/(app|server|shared|worker|service-worker|head-start|form|postgres|wal|shapes|http|predicate|backup)/' }, path(['^apps/[^/]+/test/', '^test/'])),
    never('no-cycle', 'A circle of imports has no order of reading.', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    // Nuxt resolves these names itself; eslint.config.mjs keeps its `~` from leaving the page's folder. h3 is Nitro's own copy, and so is its inside.
    never('resolvable', 'An import that resolves to nothing escapes every rule above.', {}, { couldNotResolve: true, pathNot: '^(#(shape-engine|app|imports|components|build|nitro|auth-utils)|~/|@/|h3$|nitropack/runtime/internal$|virtual:)' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(\\.nuxt|\\.output|\\.data|public)(/|$)' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.mjs', '.js', '.vue', '.json', '.cjs'] },
  },
}
