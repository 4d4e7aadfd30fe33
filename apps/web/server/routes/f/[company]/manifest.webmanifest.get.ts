import { FORM_PAGES, formManifest } from '../../../../shared/leads/form'

/** What the form of a company is when it is installed. It tells nothing of any: the name is the one that was asked for. */
export default defineEventHandler((event) => {
  const company = getRouterParam(event, 'company') ?? ''
  setResponseHeaders(event, { 'content-type': 'application/manifest+json; charset=utf-8', 'cache-control': 'no-cache' })
  return formManifest(`${FORM_PAGES}${company}`)
})
