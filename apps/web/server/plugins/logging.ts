import type { H3Event } from 'h3'
import { environment } from '../environment'
import { isApi } from '../http/paths'
import { inRequest } from '../http/current-request'
import { chooseRequestId, factsOf, REQUEST_ID_HEADER } from '../http/request-id'
import { log } from '../log'
import { countRequest } from '../metrics/requests'
import { logConsole } from '../log-console'
import { hideInLog } from '../scrub'

/** As nginx says it: the asker left before the answer was out. */
const LEFT = 499

/** Every request has an id and, when it is over, a line in the log and its place in the metrics. */
export default defineNitroPlugin((nitro) => {
  const read = environment()
  log.level = read.LOG_LEVEL
  hideInLog([
    read.ELECTRIC_API_KEY, read.ELECTRIC_API_KEY_NEXT, read.NUXT_SESSION_PASSWORD, ...read.NUXT_SESSION_PASSWORD_OLD,
    ...[read.DATABASE_URL, read.DATABASE_MIGRATION_URL, read.MAIL_URL].map(passwordIn),
  ])
  if (!import.meta.dev) logConsole()

  const { h3App } = nitro
  const handle = h3App.handler
  h3App.handler = eventHandler((event) => {
    const id = chooseRequestId(event)
    factsOf(event).requestId = id
    event.node.res.setHeader(REQUEST_ID_HEADER, id)
    const began = performance.now()
    event.node.res.once('close', () => inRequest(id, () => tell(event, performance.now() - began)))
    return inRequest(id, () => handle(event))
  })
})

/** The route's pattern and not the path: a stranger chooses what stands in a path. */
function tell(event: H3Event, taken: number): void {
  const { res } = event.node
  const status = res.writableFinished ? res.statusCode : LEFT
  const route = isApi(event.path) ? event.context.matchedRoute?.path ?? '/api' : 'page'
  const ms = Math.round(taken)
  countRequest(route, status, taken)
  const level = route !== 'page' && status >= 400 && status !== LEFT ? 'info' : 'debug'
  log[level]({ method: event.method, route, status, code: factsOf(event).answered, ms }, 'request')
}

const passwordIn = (url: string | undefined) => url === undefined ? undefined : decodeURIComponent(new URL(url).password)
