import { fileBytes, type FileLimits, type Inflate } from './inflate'
import { JsonReader, parseJsonTree } from './json'
import { MAX_FOLDERS } from './limits'
import { readLines } from './lines'
import { TreeFileError, type LineRefusal, type LineRefusalCode } from './refusals'
import type { TreeEntry, TreeWorkspace } from './tree'
import { TsvReader } from './tsv'

export interface TreeFile {
  chunks: AsyncIterable<Uint8Array>
  /** Tells gzip and JSON apart from what is in it and what it claims to be: `tree.tsv.gz`, `workspace.json`. */
  name: string
  limits?: FileLimits
  /** The one of browsers where none is given. */
  inflate?: Inflate
}

/** A part of a file, in its order. */
export interface TreePart {
  entries: TreeEntry[]
  refusals: LineRefusal[]
  /** All workspaces met so far: the same list in every part, and it grows. */
  workspaces: readonly TreeWorkspace[]
  /** Lines read so far, in JSON folders. */
  lines: number
}

const JSON_STEP = 5_000

/**
 * Reads a file of folder trees, TSV or JSON, gzipped or not, part by part. What is wrong with a line is told with its
 * number and the others go on. Throws TreeFileError where the file is refused whole, maybe after some parts: who must
 * not take a part of such a file reads it through first.
 */
export async function* readTree({ chunks, name, limits, inflate }: TreeFile): AsyncGenerator<TreePart> {
  const plain = name.toLowerCase().replace(/\.gz$/, '')
  const bytes = fileBytes(chunks, plain !== name.toLowerCase(), limits, inflate)
  let [folders, lines] = [0, 0]
  for await (const part of plain.endsWith('.json') ? jsonParts(bytes) : tsvParts(bytes)) {
    folders += part.entries.length
    lines = part.lines
    if (folders > MAX_FOLDERS) throw new TreeFileError('too_many')
    yield part
  }
  if (lines === 0) throw new TreeFileError('empty')
}

async function* tsvParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TreePart> {
  const reader = new TsvReader()
  for await (const lines of readLines(bytes)) {
    const part: TreePart = { entries: [], refusals: [], workspaces: reader.workspaces, lines: lines.at(-1)?.number ?? 0 }
    for (const line of lines) sort(part, line.number, reader.read(line))
    yield part
  }
}

async function* jsonParts(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TreePart> {
  const { workspace, folders } = parseJsonTree(await wholeText(bytes))
  const reader = new JsonReader()
  // An empty workspace is a part too: it is made.
  for (let from = 0; from === 0 || from < folders.length; from += JSON_STEP) {
    const some = folders.slice(from, from + JSON_STEP)
    const part: TreePart = { entries: [], refusals: [], workspaces: [workspace], lines: Math.max(1, from + some.length) }
    for (const [place, folder] of some.entries()) sort(part, from + place + 1, reader.read(folder))
    yield part
  }
}

function sort(part: TreePart, line: number, read: TreeEntry | LineRefusalCode | undefined): void {
  if (typeof read === 'string') part.refusals.push({ line, code: read })
  else if (read) part.entries.push(read)
}

async function wholeText(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  try {
    for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true })
    return text + decoder.decode()
  }
  catch (error) {
    throw error instanceof TreeFileError ? error : new TreeFileError('not_json')
  }
}
