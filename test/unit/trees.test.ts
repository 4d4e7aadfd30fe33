import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { gunzip } from '../../apps/web/server/trees/gunzip'
import { placeAfter, positionOf } from '../../apps/web/shared/trees/positions'
import { readTree } from '../../apps/web/shared/trees/read'
import { LINE_REFUSALS } from '../../apps/web/shared/trees/refusals'
import { surveyTree } from '../../apps/web/shared/trees/survey'

/** The bytes in pieces of a size that suits nobody: lines, characters and the head of a gzip file are torn apart. */
async function* pieces(bytes: Uint8Array, size = 7) {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

const bytesOf = (...parts: (string | number[])[]) => Buffer.concat(parts.map(part => typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)))

async function survey(bytes: Uint8Array, name = 'tree.tsv', size = 7) {
  return surveyTree({ chunks: pieces(bytes, size), name })
}

const refused = async (bytes: Uint8Array, name?: string, size?: number) => (await survey(bytes, name, size)).refused.lines

describe('a line that is hostile or wrong is refused by its number, and the lines around it are taken', () => {
  test.each([
    ['one column', 'columns', 'broken'],
    ['three columns', 'columns', 'one\tusr/x\tmore'],
    ['a NUL', 'nul', 'one\tusr/a\0b'],
    ['bytes that are not UTF-8', 'not_utf8', [0x6F, 0x6E, 0x65, 0x09, 0xFF, 0xC3, 0x28]],
    ['a surrogate half in bytes', 'not_utf8', [0x6F, 0x6E, 0x65, 0x09, 0xED, 0xA0, 0x80]],
    ['a parent that comes nowhere', 'missing_parent', 'one\tnowhere/x'],
    ['a parent of another workspace', 'missing_parent', 'two\tusr/x'],
    ['the same folder again', 'duplicate', 'one\tusr'],
    ['..', 'dots', 'one\tusr/../etc'],
    ['.. at the top', 'dots', 'one\t..'],
    ['.', 'dots', 'one\tusr/.'],
    ['a leading slash', 'empty_name', 'one\t/usr/x'],
    ['two slashes', 'empty_name', 'one\tusr//x'],
    ['a slash at the end', 'empty_name', 'one\tusr/'],
    ['a name of spaces', 'empty_name', 'one\tusr/  '],
    ['no workspace', 'empty_name', '\tusr'],
    ['a name of 256 characters', 'name_too_long', `one\t${'x'.repeat(256)}`],
    ['a workspace of 256 characters', 'name_too_long', `${'x'.repeat(256)}\tusr`],
    ['a path of 10,000 levels', 'too_deep', `one\t${'a/'.repeat(9_999)}a`],
    ['a line of a megabyte', 'line_too_long', `one\t${'x'.repeat(1024 * 1024)}`],
  ] as const)('%s', async (_, code, line) => {
    const bytes = bytesOf('one\tusr\n', typeof line === 'string' ? line : [...line], '\none\tusr/share\n')
    for (const size of [7, 64 * 1024, bytes.length]) {
      if (size === 7 && bytes.length > 100_000) continue
      const { folders, refused } = await survey(bytes, 'tree.tsv', size)
      expect([size, folders, refused]).toEqual([size, 2, { total: 1, lines: [{ line: 2, code }] }])
    }
    expect(LINE_REFUSALS[code]).toMatch(/\.$/)
  })

  test('what lies under a refused folder is refused too, each line with its own reason', async () => {
    expect(await refused(bytesOf('one\tusr\none\tusr/..\none\tusr/../x\none\tbad/x\none\tbad/x/y\n'))).toEqual([
      { line: 2, code: 'dots' }, { line: 3, code: 'dots' }, { line: 4, code: 'missing_parent' }, { line: 5, code: 'missing_parent' },
    ])
  })

  test('a chain of 201 folders, each with its parent before it, ends at 200', async () => {
    const lines = Array.from({ length: 201 }, (_, n) => `one\t${Array.from({ length: n + 1 }, () => 'd').join('/')}\n`)
    expect(await survey(bytesOf(...lines), 'tree.tsv', 1000)).toMatchObject({ folders: 200, refused: { lines: [{ line: 201, code: 'too_deep' }] } })
  })
})

test('a million wrong lines are counted, and not all of them are kept', async () => {
  const { refused } = await survey(bytesOf('one\tusr\n', 'x\n'.repeat(100_000)), 'tree.tsv', 65_536)
  expect([refused.total, refused.lines.length]).toEqual([100_000, 200])
})

test('names of every kind come through torn pieces as they were: spaces, scripts, quotes, \\, %, 255 characters', async () => {
  const names = ['ein Plan', '地図', 'مجلد', '"quoted"', 'back\\slash\\t', '100%_', ' lead', '\u{1F4C1}'.repeat(255), 'e\u0301']
  const entries = []
  for await (const part of readTree({ chunks: pieces(bytesOf('\uFEFF', ...names.map(name => `wörk space\t${name}\r\n`))), name: 'x.tsv' })) {
    expect(part.refusals).toEqual([])
    entries.push(...part.entries)
  }
  expect(entries.map(({ name }) => name)).toEqual(names)
})

describe('a file is refused whole', () => {
  const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024, 'a'))
  const real = gzipSync('one\tusr\none\tusr/share\n')
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  test.each([
    ['empty', 'empty', Buffer.alloc(0), 'tree.tsv'],
    ['of empty lines', 'empty', Buffer.from('\n\n\n'), 'tree.tsv'],
    ['of no line in the format', 'not_a_tree', Buffer.from('%PDF-1.7\nobj\n'), 'tree.tsv'],
    ['UTF-16', 'not_utf8', Buffer.concat([Buffer.from([0xFF, 0xFE]), Buffer.from('one\tusr\n', 'utf16le')]), 'tree.tsv'],
    ['named .gz and plain', 'not_gzip', Buffer.from('one\tusr\n'), 'tree.tsv.gz'],
    ['gzip that ends too early', 'broken_gzip', real.subarray(0, -10), 'tree.tsv.gz'],
    ['gzip with a damaged middle', 'broken_gzip', Buffer.concat([real.subarray(0, 14), Buffer.from([0, 0xFF, 0xFF]), real.subarray(17)]), 'tree.tsv.gz'],
    ['a gzip bomb', 'inflates_too_much', bomb, 'tree.tsv.gz'],
    ['a gzip bomb with a good beginning', 'inflates_too_much', gzipSync(Buffer.concat([Buffer.from('one\tusr\n'), Buffer.alloc(8 * 1024 * 1024, 'a')])), 'tree.tsv'],
    ['JSON that is cut off', 'not_json', Buffer.from('{"format":"workspace-tree","version":1,'), 'tree.json'],
    ['JSON of something else', 'not_json', json({ folders: [] }), 'tree.json'],
    ['JSON of a newer version', 'not_json', json({ format: 'workspace-tree', version: 2, workspace: { name: 'a' }, folders: [] }), 'tree.json'],
    ['JSON that is not UTF-8', 'not_json', Buffer.concat([json({ format: 'workspace-tree' }), Buffer.from([0xFF])]), 'tree.json'],
  ])('%s, by the inflater of browsers and by the one of Node', async (_, code, bytes, name) => {
    const problem = { name: 'TreeFileError', code, message: expect.stringMatching(/\.$/) }
    await expect(surveyTree({ chunks: pieces(bytes, 1024), name, inflate: gunzip })).rejects.toMatchObject(problem)
    await expect(survey(bytes, name, 1024)).rejects.toMatchObject(problem)
  })

  test('larger than it may be, before it is read to its end', async () => {
    let given = 0
    async function* endless() {
      for (;;) yield Buffer.from(`one\t${given++}\n`.padEnd(1000, '\n'))
    }
    await expect(surveyTree({ chunks: endless(), name: 'x.tsv', limits: { fileBytes: 100_000, inflatedBytes: 1 } })).rejects.toMatchObject({ code: 'too_large' })
    expect(given).toBe(101)
  })

  test('a bomb is let go after the bound: what it would inflate to is never made', async () => {
    let passed = 0
    async function* counted() {
      const many = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a'))
      for await (const piece of pieces(many, 1024)) {
        passed += piece.length
        yield piece
      }
    }
    await expect(surveyTree({ chunks: counted(), name: 'x.tsv.gz', inflate: gunzip })).rejects.toMatchObject({ code: 'inflates_too_much' })
    expect(passed).toBeLessThan(32 * 1024)
  })
})

test('JSON takes what a line cannot say, and refuses folders one by one', async () => {
  const folders: unknown[] = [
    { name: 'a/b' }, { name: 'tab\there', parent: 0, description: 'two\nlines' }, { name: 'tab\there', parent: 0 }, { name: '..' },
    { name: 'x', parent: 9 }, { name: 'y', parent: 4 }, { name: '' }, { name: 1 }, null, { name: 'nul\0' }, { name: '\uD800' },
    { name: 'z', parent: -1 }, { name: 'z', parent: 0.5 }, { name: 'w', parent: 12 }, { name: 'long', description: 'x'.repeat(10_001) },
  ]
  const bytes = Buffer.from(JSON.stringify({ format: 'workspace-tree', version: 1, workspace: { name: 'w' }, folders }))
  const parts = []
  for await (const part of readTree({ chunks: pieces(bytes), name: 'X.JSON' })) parts.push(part)
  expect(parts.flatMap(part => part.entries).map(({ name, parent, nth }) => [name, parent, nth])).toEqual([
    ['a/b', -1, 1], ['tab\there', 0, 1], ['tab\there', 0, 2], ['..', -1, 1],
  ])
  expect(parts.flatMap(part => part.refusals)).toEqual([
    [5, 'missing_parent'], [6, 'missing_parent'], [7, 'empty_name'], [8, 'shape'], [9, 'shape'], [10, 'nul'], [11, 'not_utf8'],
    [12, 'missing_parent'], [13, 'missing_parent'], [14, 'missing_parent'], [15, 'description_too_long'],
  ].map(([line, code]) => ({ line, code })))
})

test('positions sort by their bytes in the order of their numbers, and a new one comes after whatever is there', () => {
  const many = [0, 1, 9, 10, 35, 61, 62, 3905, 3906, 242_233, 242_234, 1_000_000].map(positionOf)
  expect(many.toSorted()).toEqual(many)
  for (const there of [...many, 'a0V', 'a00001', 'azzz', 'Zz', 'bzz', 'b0', 'b01x']) {
    expect([there, positionOf(placeAfter(there)) > there]).toEqual([there, true])
  }
})
