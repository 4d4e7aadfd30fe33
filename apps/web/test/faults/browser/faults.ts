/** What may happen to the next requests of a browser. Plain data: a story is written down. */
export type Fault =
  /** The server, or what stands before it, has an error of the kind that passes. */
  | { kind: 'status', status: 500 | 502 | 503 | 504 | 429, retryAfter?: number }
  /** Somebody else's page: a captive portal (200), a plain refusal (403), a proxy that wants a password (407), one that has moved (404). */
  | { kind: 'page', status: 200 | 403 | 407 | 404 }
  /** The answer ends after so many characters: with an error, or as if it were whole. */
  | { kind: 'cut', at: number, clean: boolean }
  /** The head of the answer comes and then nothing, for ever. */
  | { kind: 'silent' }
  /** Not even the head. */
  | { kind: 'dead' }
  /** The answer comes so many ms late. */
  | { kind: 'slow', ms: number }
  /** The request reaches the server twice; the second answer is the one that comes back. */
  | { kind: 'twice' }
  /** A cache answers with what the server said to the same request before. */
  | { kind: 'stale' }
  /** Lines of a stream come twice. */
  | { kind: 'echo' }
  /** Bodies are held back until they are whole, as some proxies do. */
  | { kind: 'held-back' }
  /** Somebody else has signed in meanwhile: their cookie goes along. */
  | { kind: 'stranger' }

export type FaultKind = Fault['kind']
