import { existsSync, readFileSync } from 'node:fs'

/**
 * One thing that a scene saw in an engine.
 * @typedef {{ engine: string, what: string, value: string }} Figure
 */

/**
 * What the scenes wrote down, a JSON object a line.
 * @param {string} file which is not there where no scene came so far
 * @returns {Figure[]}
 */
export function figuresIn(file) {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line))
}

/**
 * The table of docs/browsers.md: a line for what was looked at, a column for each engine.
 * @param {readonly Figure[]} figures
 */
export function engineTable(figures) {
  const engines = [...new Set(figures.map(({ engine }) => engine))]
  const lines = [...new Set(figures.map(({ what }) => what))]
  const seen = (engine, what) => figures.findLast(one => one.engine === engine && one.what === what)?.value ?? '–'
  const row = cells => `| ${cells.join(' | ')} |`
  return [
    row(['', ...engines]),
    row(['---', ...engines.map(() => '---')]),
    ...lines.map(what => row([what, ...engines.map(engine => seen(engine, what))])),
  ].join('\n')
}
