/** What an import route takes, as the browser names it. */
export const IMPORT_TYPES = ['text/tab-separated-values', 'application/gzip', 'application/json'] as const
export type ImportType = (typeof IMPORT_TYPES)[number]

const ENDINGS: Record<ImportType, string> = { 'text/tab-separated-values': '.tsv', 'application/gzip': '.tsv.gz', 'application/json': '.json' }

/** The type to send a file as, by its name. */
export function importType(name: string): ImportType {
  const lower = name.toLowerCase()
  if (lower.endsWith('.gz')) return 'application/gzip'
  return lower.endsWith('.json') ? 'application/json' : 'text/tab-separated-values'
}

/** A file's name as it is read, shown and written down: what is sent as gzip or JSON is held to it. */
export function importName(given: unknown, type: ImportType): string {
  const name = typeof given === 'string' ? given.replace(/^.*[/\\]/, '').replace(/[\p{Cc}\p{Cs}]/gu, '').trim().slice(-120) : ''
  return importType(name) === type && name !== '' ? name : `${name || 'tree'}${ENDINGS[type]}`
}
