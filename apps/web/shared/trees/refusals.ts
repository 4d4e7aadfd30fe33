/** Why one line of a file is not taken; all others are. */
export const LINE_REFUSALS = {
  columns: 'It is not "workspace TAB folder/path".',
  nul: 'It holds a NUL character, which cannot be stored.',
  not_utf8: 'It is not UTF-8.',
  line_too_long: 'It is too long for a path.',
  empty_name: 'A name in it is empty.',
  dots: 'A path names folders: "." and ".." are none.',
  name_too_long: 'A name in it is longer than 255 characters.',
  description_too_long: 'Its description is longer than 10,000 characters.',
  too_deep: 'It lies deeper than 200 folders.',
  missing_parent: 'The folder above it is not on a line before it, or was refused.',
  duplicate: 'The same folder is on a line before it.',
  shape: 'It is not a folder as an export writes one.',
  parent_gone: 'The folder or workspace above it was deleted or moved while the import ran.',
} as const

export type LineRefusalCode = keyof typeof LINE_REFUSALS

/** `line` counts from 1; in JSON it is the place in the list of folders. */
export interface LineRefusal { line: number, code: LineRefusalCode }

/** Why nothing of a file is taken. */
export const FILE_REFUSALS = {
  empty: 'The file holds no folders.',
  not_a_tree: 'Not one line of the file is "workspace TAB folder/path".',
  not_utf8: 'The file is not UTF-8: it begins as UTF-16 does.',
  not_gzip: 'The file is named as gzip but is not.',
  broken_gzip: 'The gzip file is damaged or ends too early.',
  inflates_too_much: 'The file inflates to far more than a folder tree does.',
  too_large: 'The file is larger than an import may be.',
  too_many: 'The file holds more folders than one import may.',
  not_json: 'The file is not the JSON of an export.',
} as const

export type FileRefusalCode = keyof typeof FILE_REFUSALS

/** Thrown where a file is refused whole; nothing of it was taken. */
export class TreeFileError extends Error {
  readonly code: FileRefusalCode

  constructor(code: FileRefusalCode) {
    super(FILE_REFUSALS[code])
    this.name = 'TreeFileError'
    this.code = code
  }
}
