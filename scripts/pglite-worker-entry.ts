// What build-pglite-worker bundles: PGlite, the sync and the leader, to run as the worker of each tab.
import { run } from '../apps/web/worker/run'

run()
