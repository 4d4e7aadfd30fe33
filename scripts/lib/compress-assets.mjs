// Puts compressed copies beside the worker's files, which Nitro then leaves alone. Most change with PGlite's version only,
// and pressing 24 MB at brotli's best takes half a minute of a processor: done once and kept, not at every build.
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { DATA, WEB } from './paths.mjs'

const FOLDER = `${WEB}/public/workers`
const KEPT = `${DATA}/build/compressed`
const ENCODINGS = {
  br: content => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length, [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS } }),
  gz: content => promisify(gzip)(content, { level: 9 }),
}

async function compress(name) {
  const content = await readFile(`${FOLDER}/${name}`)
  const hash = createHash('sha256').update(content).digest('hex')
  await Promise.all(Object.entries(ENCODINGS).map(async ([suffix, encode]) => {
    const kept = `${KEPT}/${hash}.${suffix}`
    if (!existsSync(kept)) {
      await writeFile(`${kept}.new`, await encode(content))
      await rename(`${kept}.new`, kept)
    }
    await copyFile(kept, `${FOLDER}/${name}.${suffix}`)
  }))
}

await mkdir(KEPT, { recursive: true })
const names = (await readdir(FOLDER)).filter(name => /\.(?:wasm|data|js)$/.test(name))
await Promise.all(names.map(compress))
