import { COLOURS, contentSecurityPolicy } from '../../http/headers'

/** One page for the forms of all companies: it holds nothing of any, and asks who its address names. */
export default defineEventHandler(async (event) => {
  setResponseHeaders(event, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy([COLOURS]) })
  return await useStorage('assets:form').getItem<string>('index.html')
})
