import { IMPORT_TYPES } from '../../shared/trees/media'
import { mediaType } from '../http/media-type'
import { isOwnOrigin } from '../http/own-origin'
import { isApi } from '../http/paths'
import { Refusal } from '../http/refusal'

/** The one route that takes a file; no form of another site can send its types either. */
const IMPORT_PATH = /^\/api\/companies\/[^/?]+\/import(?:\?|$)/
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Stands before every route of ours: what is not a reading must come from our own pages and be JSON (a form of another
 * site can send neither). Answers under /api are for one person, now: nobody keeps them.
 */
export default defineEventHandler((event) => {
  if (!isApi(event.path)) return
  setResponseHeader(event, 'cache-control', 'private, no-store')
  if (SAFE.has(event.method)) return
  if (!isOwnOrigin(event)) throw new Refusal('foreign_origin')
  const types: readonly string[] = IMPORT_PATH.test(event.path) ? IMPORT_TYPES : ['application/json']
  if (!types.includes(mediaType(event))) throw new Refusal('unsupported_media_type')
})
