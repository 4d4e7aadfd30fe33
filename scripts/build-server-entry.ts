// Makes `.output/server/start.mjs`, which migrates and then starts what Nitro built beside it, with the migrations.
import { cp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const web = fileURLToPath(new URL('../apps/web/', import.meta.url))
const output = `${web}.output/server`

await build({
  entryPoints: [`${web}server/start.ts`],
  outfile: `${output}/start.mjs`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // pg takes a native driver where one is installed; none is here. It is CommonJS and asks for node's own parts by require.
  external: ['pg-native'],
  banner: { js: 'import { createRequire as makeRequire } from \'node:module\'; const require = makeRequire(import.meta.url);' },
  logLevel: 'warning',
})
await rm(`${output}/migrations`, { recursive: true, force: true })
await cp(`${web}server/db/migrations`, `${output}/migrations`, { recursive: true })
