import { createHash } from 'node:crypto'
import { contentSecurityPolicy } from '../http/headers'

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g

/** Nuxt puts its configuration into the page as an inline script: the page's policy names the hash of each that it has. */
export default defineNitroPlugin((nitro) => {
  nitro.hooks.hook('render:response', (response) => {
    if (typeof response.body !== 'string') return
    const hashes = [...response.body.matchAll(INLINE_SCRIPT)]
      .filter(([, attributes = '']) => !attributes.includes('application/json'))
      .map(([, , script = '']) => `sha256-${createHash('sha256').update(script).digest('base64')}`)
    response.headers = { ...response.headers, 'content-security-policy': contentSecurityPolicy(hashes) }
  })
})
