import { NAME_LENGTH } from '../mutations/fields'
import type { Line } from './lines'
import { MAX_DEPTH } from './limits'
import type { LineRefusalCode } from './refusals'
import { TOP, type TreeEntry, type TreeWorkspace } from './tree'

/** An empty name, or one that is a way instead. */
const NO_NAME = /(?:^|\/)(?:\/|$)/
const DOTS = /(?:^|\/)\.{1,2}(?:\/|$)/
const BLANK = /(?:^|\/)\s+(?:\/|$)/

/**
 * Reads lines of `workspace TAB folder/path`, parents before children; remembers every folder that was taken, because
 * a child finds its parent by it.
 */
export class TsvReader {
  readonly workspaces: TreeWorkspace[] = []
  readonly #byName = new Map<string, number>()
  /** By the line's own text; and how deep each lies. */
  readonly #nodes = new Map<string, number>()
  readonly #depths: number[] = []

  /** The folder of a line, or why it is none; undefined for an empty line. */
  read(line: Line): TreeEntry | LineRefusalCode | undefined {
    if (line.refused) return line.refused
    const { text } = line
    if (text === '') return undefined
    if (text.includes('\0')) return 'nul'
    const tab = text.indexOf('\t')
    if (tab < 0 || text.includes('\t', tab + 1)) return 'columns'
    const workspace = text.slice(0, tab)
    const path = text.slice(tab + 1)
    if (workspace.trim() === '' || path === '' || NO_NAME.test(path) || BLANK.test(path)) return 'empty_name'
    if (DOTS.test(path)) return 'dots'
    return this.#place(line, workspace, path)
  }

  #place({ number, text }: Line, workspace: string, path: string): TreeEntry | LineRefusalCode {
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    if (isTooLong(name) || isTooLong(workspace)) return 'name_too_long'
    const parent = slash < 0 ? TOP : this.#nodes.get(text.slice(0, workspace.length + 1 + slash))
    // A path of 10,000 levels has no parent either, but that is not what is wrong with it.
    if (parent === undefined) return path.split('/', MAX_DEPTH + 1).length > MAX_DEPTH ? 'too_deep' : 'missing_parent'
    const depth = parent === TOP ? 1 : (this.#depths[parent] ?? 0) + 1
    if (depth > MAX_DEPTH) return 'too_deep'
    if (this.#nodes.has(text)) return 'duplicate'
    const node = this.#depths.push(depth) - 1
    this.#nodes.set(text, node)
    return { line: number, workspace: this.#workspace(workspace), node, parent, name, description: '', nth: 1 }
  }

  #workspace(name: string): number {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const made = this.workspaces.push({ name, description: '' }) - 1
    this.#byName.set(name, made)
    return made
  }
}

/** Whether a name is longer than the product takes, in characters as PostgreSQL counts them. */
export const isTooLong = (name: string): boolean => name.length > NAME_LENGTH && [...name].length > NAME_LENGTH

/** Whether a text can stand in a column of this format. */
export const fitsTsvColumn = (text: string): boolean => text.trim() !== '' && !/[\0\t\n\r]/.test(text)

/** Whether a name can stand in a path of this format, which knows no quoting. */
export const fitsTsv = (name: string): boolean =>
  fitsTsvColumn(name) && name !== '.' && name !== '..' && !name.includes('/') && !isTooLong(name)

export const tsvLine = (workspace: string, path: readonly string[]): string => `${workspace}\t${path.join('/')}\n`
