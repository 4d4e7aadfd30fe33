import { join } from 'node:path'
import { createResolver, defineNuxtModule } from 'nuxt/kit'
import { COLOURS, contentSecurityPolicy, SECURITY_HEADERS } from '../server/http/headers'

/** What the server side wants of Nuxt, in one place. */
export default defineNuxtModule({
  meta: { name: 'server' },
  setup(_options, nuxt) {
    const { resolve } = createResolver(import.meta.url)

    // nuxt-auth-utils brings routes and page plugins that know a session by its cookie alone; ours are rows.
    nuxt.hook('modules:done', () => {
      nuxt.options.serverHandlers = nuxt.options.serverHandlers.filter(handler => handler.route !== '/api/_auth/session')
      nuxt.options.plugins = nuxt.options.plugins.filter((plugin) => {
        const source = typeof plugin === 'string' ? plugin : plugin.src
        return !source.includes('nuxt-auth-utils')
      })
    })

    nuxt.hook('nitro:config', (config) => {
      config.errorHandler = [resolve('../server/http/errors'), config.errorHandler ?? []].flat()
      // In development Nitro has a server of its own.
      if (!nuxt.options.dev) config.entry = resolve('../server/entry')
      // Read by the route that answers with it for every company.
      config.serverAssets = [...config.serverAssets ?? [], { baseName: 'form', dir: join(nuxt.options.rootDir, 'public/f'), pattern: 'index.html' }]
      config.routeRules = { '/**': { headers: SECURITY_HEADERS }, '/f/sw.js': { headers: { 'cache-control': 'no-cache' } },
        // What the form's service worker keeps, as the route beside it answers.
        '/f/index.html': { headers: { 'cache-control': 'no-cache', 'content-security-policy': contentSecurityPolicy([COLOURS]) } }, ...config.routeRules }
    })
  },
})
