import { createHash } from 'node:crypto'

/**
 * The content security policy. PGlite needs 'wasm-unsafe-eval' and workers of our own origin, nothing more; components
 * set styles on elements, hence the inline styles. `scripts` are hashes of the inline scripts of one page.
 */
export function contentSecurityPolicy(scripts: readonly string[] = []): string {
  return [
    'default-src \'self\'',
    ['script-src \'self\' \'wasm-unsafe-eval\'', ...scripts.map(hash => `'${hash}'`)].join(' '),
    'worker-src \'self\'',
    'style-src \'self\' \'unsafe-inline\'',
    'img-src \'self\' data:',
    'object-src \'none\'',
    'base-uri \'self\'',
    'form-action \'self\'',
    'frame-ancestors \'none\'',
  ].join('; ')
}

/** What a policy calls an inline script by. */
export const hashOf = (script: string) => `sha256-${createHash('sha256').update(script).digest('base64')}`

/** Nuxt UI adds this one in the browser, to take away the colours it painted first (its plugin `colors`). */
export const COLOURS = hashOf('document.head.removeChild(document.querySelector(\'[data-nuxt-ui-colors]\'))')

/** On every answer, files too: a worker takes its policy from the answer that its script came in. */
export const SECURITY_HEADERS: Record<string, string> = {
  'content-security-policy': contentSecurityPolicy(),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Where people come by TLS, browsers never come without it again, for a year; names under ours are not ours to speak for. */
export const transportHeaders = (publicUrl: string | undefined): Record<string, string> =>
  publicUrl?.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}
