import { createHash } from 'node:crypto'
import { contentSecurityPolicy } from '../http/headers'

const INLINE_SCRIPT = /<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g

const hashOf = (script: string) => `sha256-${createHash('sha256').update(script).digest('base64')}`

/** Nuxt UI adds this one in the browser, to take away the colours it painted first (its plugin `colors`). */
const COLOURS = hashOf('document.head.removeChild(document.querySelector(\'[data-nuxt-ui-colors]\'))')

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
