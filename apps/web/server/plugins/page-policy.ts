import { COLOURS, contentSecurityPolicy, hashOf } from '../http/headers'

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g

/** Nuxt puts its configuration into the page as an inline script: the page's policy names the hash of each that it has. */
export default defineNitroPlugin((nitro) => {
  nitro.hooks.hook('render:response', (response) => {
    if (typeof response.body !== 'string') return
    const hashes = [...response.body.matchAll(INLINE_SCRIPT)]
      .filter(([, attributes = '']) => !attributes.includes('application/json'))
      .map(([, , script = '']) => hashOf(script))
    // Asked again at each visit: after an upgrade the scripts that the page names are others.
    response.headers = { ...response.headers, 'content-security-policy': contentSecurityPolicy([...hashes, COLOURS]), 'cache-control': 'no-cache' }
    delete response.headers['x-powered-by']
  })
})
