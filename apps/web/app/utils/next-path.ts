const NEXT_KEY = 'mvdb:next'

/**
 * Where someone wanted to go before they had to sign in. Kept for this tab and not in an address: the path may hold the
 * secret of an invite, and no link from elsewhere can say where a sign-in leads.
 */
export function rememberNext(path: string): void {
  if (isOwnPath(path)) sessionStorage.setItem(NEXT_KEY, path)
}

/** The path that was remembered, once; undefined where there is none. */
export function takeNext(): string | undefined {
  const path = sessionStorage.getItem(NEXT_KEY) ?? ''
  sessionStorage.removeItem(NEXT_KEY)
  return isOwnPath(path) ? path : undefined
}

/** `//host` and `/\host` lead to another site. */
const isOwnPath = (path: string) => /^\/(?![/\\])/.test(path)
