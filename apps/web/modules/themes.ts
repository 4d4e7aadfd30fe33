import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineNuxtModule } from 'nuxt/kit'

const EVERY_THEME = '@source "./ui";'

/** Gives the style sheet the classes of those Nuxt UI components only that the app uses: by itself it holds those of all fifty. */
export default defineNuxtModule({
  meta: { name: 'themes' },
  setup(_options, nuxt) {
    if (nuxt.options.dev) return
    nuxt.hook('app:templates', (app) => {
      const library = nuxt.options.alias['#ui']
      const sheet = app.templates.find(template => template.filename === 'ui.css')
      const contents = sheet?.getContents
      if (!library || !sheet || !contents) throw new Error('Nuxt UI has no style sheet to narrow.')
      sheet.getContents = async (data) => {
        const css = await contents(data)
        if (!css.includes(EVERY_THEME)) throw new Error('Nuxt UI names the sources of its style sheet differently now.')
        const themes = usedThemes(nuxt.options.srcDir, join(library, 'components'))
        return css.replace(EVERY_THEME, themes.map(theme => `@source "./ui/${theme}.ts";`).join('\n'))
      }
    })
  },
})

/** Names of the theme files of the components in the app's templates, and of those that these are made of. */
function usedThemes(app: string, components: string): string[] {
  const templates = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.vue'))
  const waiting = templates.flatMap(file => matches(readFileSync(join(app, file), 'utf8'), /<(?:Lazy)?U([A-Z]\w*)/g))
  const seen = new Set<string>()
  const themes = new Set<string>()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const source = readFileSync(join(components, `${name}.vue`), 'utf8')
    for (const theme of matches(source, /#build\/ui\/([\w-]+)/g)) themes.add(theme)
    waiting.push(...matches(source, /"\.\/(\w+)\.vue"/g))
  }
  return [...themes].sort()
}

const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => match[1]!)
