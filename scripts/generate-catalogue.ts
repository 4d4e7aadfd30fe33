import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { entities } from '../apps/web/shared/catalogue/entities'
import { shapes } from '../apps/web/shared/catalogue/shapes'
import { browserModule, rolesModule } from './catalogue/derive'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

const folder = fileURLToPath(new URL('../apps/web/shared/generated/', import.meta.url))

// `pnpm generate`: what the browser has of the catalogue.
await runMain(async (argv) => {
  readFlags(argv, {}, 'pnpm generate')
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}catalogue.gen.ts`, browserModule({ entities, shapes }))
  await writeFile(`${folder}roles.gen.ts`, rolesModule({ entities, shapes }))
})
