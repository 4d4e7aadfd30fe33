import { environment } from '../environment'
import { Refusal } from '../http/refusal'

type Page = 'reset' | 'confirm-email' | 'invite'

/**
 * The address of a page that a token opens. Made from the configured PUBLIC_URL and from nothing that a request says: a
 * header that names another host would send a person, and their token, there.
 */
export function pageLink(publicUrl: string, page: Page, token: string): string {
  const url = new URL(publicUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${page}`
  url.search = new URLSearchParams({ token }).toString()
  url.hash = ''
  return url.href
}

/** The same with the PUBLIC_URL of this server. Throws `public_url_missing`. */
export function ownLink(page: Page, token: string): string {
  const { PUBLIC_URL } = environment()
  if (!PUBLIC_URL) throw new Refusal('public_url_missing')
  return pageLink(PUBLIC_URL, page, token)
}
