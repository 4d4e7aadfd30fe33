import { DESCRIPTION_LENGTH } from '../mutations/fields'
import { MAX_DEPTH } from './limits'
import { TreeFileError, type LineRefusalCode } from './refusals'
import { TOP, type TreeEntry, type TreeWorkspace } from './tree'
import { isTooLong } from './tsv'

/**
 * A workspace as JSON: all that a line of TSV cannot say (descriptions, a slash or a tab in a name, siblings of one name).
 * A folder names its parent by its place in the list, which is before its own.
 *
 *   { "format": "workspace-tree", "version": 1, "workspace": { "name", "description" },
 *     "folders": [ { "name", "parent"?: 0, "description"?: "" }, … ] }
 */
export const JSON_FORMAT = { format: 'workspace-tree', version: 1 } as const

export interface JsonTree { workspace: TreeWorkspace, folders: unknown[] }

/** Reads the whole of a JSON file. Throws TreeFileError `not_json`. */
export function parseJsonTree(text: string): JsonTree {
  const value = parse(text)
  if (!isObject(value) || value.format !== JSON_FORMAT.format || value.version !== JSON_FORMAT.version) throw new TreeFileError('not_json')
  const { workspace, folders } = value
  if (!isObject(workspace) || !Array.isArray(folders)) throw new TreeFileError('not_json')
  const { name, description = '' } = workspace
  if (typeof name !== 'string' || typeof description !== 'string' || nameProblem(name) || descriptionProblem(description)) throw new TreeFileError('not_json')
  return { workspace: { name, description }, folders }
}

/** Reads the folders of a JSON file one by one, in their order. */
export class JsonReader {
  /** By place in the file: the folder there, undefined where it was refused. */
  readonly #nodes: (number | undefined)[] = []
  readonly #depths: number[] = []
  readonly #siblings = new Map<string, number>()

  read(value: unknown): TreeEntry | LineRefusalCode {
    const place = this.#nodes.push(undefined) - 1
    if (!isObject(value)) return 'shape'
    const { name, parent: above, description = '' } = value
    if (typeof name !== 'string' || typeof description !== 'string' || (above !== undefined && typeof above !== 'number')) return 'shape'
    const problem = nameProblem(name) ?? descriptionProblem(description)
    if (problem) return problem
    const parent = above === undefined ? TOP : this.#nodes[above]
    if (parent === undefined) return 'missing_parent'
    const depth = parent === TOP ? 1 : (this.#depths[parent] ?? 0) + 1
    if (depth > MAX_DEPTH) return 'too_deep'
    const node = this.#depths.push(depth) - 1
    this.#nodes[place] = node
    const sibling = `${parent}/${name}`
    const nth = (this.#siblings.get(sibling) ?? 0) + 1
    this.#siblings.set(sibling, nth)
    return { line: place + 1, workspace: 0, node, parent, name, description, nth }
  }
}

/** The first part of a file; then come folders, each by `jsonFolder`, and JSON_END. */
export const jsonStart = (workspace: TreeWorkspace): string =>
  `${JSON.stringify({ ...JSON_FORMAT, workspace }).slice(0, -1)},"folders":[`

/** One folder: its name, its parent's place in the list (undefined at the top) and what is written about it. */
export const jsonFolder = (place: number, name: string, parent: number | undefined, description: string): string =>
  `${place === 0 ? '' : ','}\n${JSON.stringify({ name, parent, description: description === '' ? undefined : description })}`

export const JSON_END = '\n]}\n'

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  }
  catch {
    throw new TreeFileError('not_json')
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function nameProblem(name: string): LineRefusalCode | undefined {
  if (name.trim() === '') return 'empty_name'
  if (name.includes('\0')) return 'nul'
  if (/\p{Cs}/u.test(name)) return 'not_utf8'
  return isTooLong(name) ? 'name_too_long' : undefined
}

function descriptionProblem(text: string): LineRefusalCode | undefined {
  if (text.includes('\0')) return 'nul'
  if (/\p{Cs}/u.test(text)) return 'not_utf8'
  return text.length > DESCRIPTION_LENGTH && [...text].length > DESCRIPTION_LENGTH ? 'description_too_long' : undefined
}
