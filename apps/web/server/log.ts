import pino from 'pino'
import { requestId } from './http/current-request'
import { scrub } from './scrub'

/**
 * The server's log: one JSON line an event, on stdout. Log what happened and to which request (its id comes by itself);
 * never an address of Electric (the secret is in it), a cookie, a token, an e-mail address or the rows themselves. What
 * looks like one of them all the same is taken out. The level is LOG_LEVEL (plugins/logging).
 */
export const log = pino({
  base: undefined,
  timestamp: pino.stdTimeFunctions.isoTime,
  mixin: () => {
    const request = requestId()
    return request === undefined ? {} : { request }
  },
  redact: { paths: ['cookie', 'token', 'password', 'email', 'secret', 'authorization', '*.cookie', '*.token', '*.password', '*.email', '*.secret', '*.authorization'], censor: '[hidden]' },
  hooks: { streamWrite: scrub },
})
