import { IMPORT_TYPES } from '../../shared/trees/media'
import { mediaType } from '../http/media-type'
import { isOwnOrigin } from '../http/own-origin'
import { isApi } from '../http/paths'
import { Refusal } from '../http/refusal'
import { requireOpen } from '../opening'

/** The one route that takes a file; no form of another site can send its types either. */
const IMPORT_PATH = /^\/api\/companies\/[^/?]+\/import(?:\?|$)/
/** Answered before the schema is the newest: they say that the process is there, and that it is not ready. */
const WATCHED_PATH = /^\/api\/(?:health|ready)(?:\?|$)/
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Stands before every route of ours: what is not a reading must come from our own pages and be JSON (a form of another
 * site can send neither). Answers under /api are for one person, now: nobody keeps them.
 */
export default defineEventHandler((event) => {
  if (!isApi(event.path)) return
  setResponseHeader(event, 'cache-control', 'private, no-store')
  if (!WATCHED_PATH.test(event.path)) requireOpen()
  if (SAFE.has(event.method)) return
  if (!isOwnOrigin(event)) throw new Refusal('foreign_origin')
  const types: readonly string[] = IMPORT_PATH.test(event.path) ? IMPORT_TYPES : ['application/json']
  if (!types.includes(mediaType(event))) throw new Refusal('unsupported_media_type')
})
