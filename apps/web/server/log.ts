import pino from 'pino'

/**
 * The server's log: one JSON line an event, on stdout. Log what happened and to which request; never an address of
 * Electric (the secret is in it), a cookie, a token, an e-mail address or the rows themselves.
 */
export const log = pino({ base: undefined, timestamp: pino.stdTimeFunctions.isoTime })
