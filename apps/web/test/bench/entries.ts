import type { Measured } from './figure'
import type { World } from './world'
import { bytes } from './entries/bytes'
import { commitPainted, liveQueries } from './entries/changes'
import { connections } from './entries/connections'
import { dashboard } from './entries/dashboard'
import { firstOpening } from './entries/first-open'
import { firstRows } from './entries/first-rows'
import { completeCopy, firstSync, memory } from './entries/first-sync'
import { memoryHeld } from './entries/held-memory'
import { importTrees } from './entries/import'
import { leadSearch } from './entries/lead-search'
import { leads } from './entries/leads'
import { proxy } from './entries/proxy'
import { search } from './entries/search'
import { searchFill } from './entries/search-fill'
import { tabQuery } from './entries/tab-query'
import { treeScroll } from './entries/tree-scroll'
import { warmStart } from './entries/warm-start'
import { writes } from './entries/writes'

/** What `pnpm bench` knows, in the order in which it runs them. */
export const ENTRIES: Readonly<Record<string, (world: World) => Promise<Measured[]>>> = {
  'proxy': proxy,
  'bytes': bytes,
  'first-open': firstOpening,
  'first-rows': firstRows,
  'first-sync': firstSync,
  'complete-copy': completeCopy,
  'memory': memory,
  'memory-held': memoryHeld,
  'warm-start': warmStart,
  'tab-query': tabQuery,
  'live-queries': liveQueries,
  'commit-painted': commitPainted,
  'connections': connections,
  'search-fill': searchFill,
  'search': search,
  'tree-scroll': treeScroll,
  'dashboard': dashboard,
  'lead-search': leadSearch,
  'import': importTrees,
  'writes': writes,
  'leads': leads,
}
