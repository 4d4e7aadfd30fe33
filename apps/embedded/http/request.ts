// Reading a request for a shape from its query string.
import { type LogOffset, BEFORE_ALL, parseOffset } from '../shapes/offset.ts'
import { Refusal, invalid } from './errors.ts'

export interface ShapeRequest {
  table?: { schema: string, name: string }
  offset: LogOffset | 'now'
  handle?: string
  live: boolean
  sse: boolean
  cursor?: number
  where?: string
  params: Record<string, string>
  /** As asked; nothing means all. */
  columns?: string[]
  replica: 'default' | 'full'
  changesOnly: boolean
}

const BLANK = 'can\'t be blank'

/** Reads and checks everything that needs no database. Throws a Refusal. */
export function readShapeRequest(query: URLSearchParams): ShapeRequest {
  const errors: Record<string, string[]> = {}
  const offsetText = query.get('offset')
  const offset = offsetText === 'now' ? 'now' : parseOffset(offsetText ?? '')
  if (!offsetText) errors.offset = [BLANK]
  else if (!offset) errors.offset = ['has invalid format']
  const fromStart = offset !== 'now' && offset !== undefined && offset.lsn < 0
  const handle = query.get('handle') || undefined
  if (offset && offset !== 'now' && !fromStart && !handle) errors.handle = ['can\'t be blank when offset != -1']
  // Any text but `false` asks for live, as it does there.
  const live = isOn(query.get('live'))
  const sse = isOn(query.get('live_sse')) || isOn(query.get('experimental_live_sse'))
  if (live && fromStart) errors.live = ['can\'t be true when offset == -1']
  if (sse && !live) errors.live_sse = ['can\'t be true unless live is also true']
  const replica = query.get('replica') || 'default'
  if (replica !== 'default' && replica !== 'full') errors.replica = ['is invalid']
  const logMode = query.get('log') || 'full'
  if (logMode !== 'full' && logMode !== 'changes_only') errors.log = ['is invalid']
  const params = readParams(query)
  if (!params) errors.params = ['is invalid']
  if ([...query.keys()].some(name => /^subset(?:__|\[|$)/.test(name))) errors.subset = ['subset snapshots are not supported by the embedded stack']
  if (Object.keys(errors).length) throw new Refusal(invalid(errors))
  const table = query.get('table')
  if (!table) throw new Refusal(invalid({ table: [BLANK] }))
  const cursor = query.get('cursor')
  const where = query.get('where')
  const columns = query.get('columns')
  return {
    table: readTableName(table),
    offset: offset ?? BEFORE_ALL,
    ...(handle ? { handle } : {}),
    live,
    sse,
    ...(cursor && /^\d{1,15}$/.test(cursor) ? { cursor: Number(cursor) } : {}),
    ...(where ? { where } : {}),
    params: params ?? {},
    ...(columns ? { columns: readColumns(columns) } : {}),
    replica: replica === 'full' ? 'full' : 'default',
    changesOnly: logMode === 'changes_only',
  }
}

function isOn(value: string | null): boolean {
  return value !== null && value !== '' && value !== 'false'
}

/** `params[1]=…`; nothing for any other form. */
function readParams(query: URLSearchParams): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [name, value] of query) {
    if (!/^params(?:\[|$)/.test(name)) continue
    const number = /^params\[([1-9]\d{0,4})\]$/.exec(name)?.[1]
    if (number === undefined) return undefined
    params[number] = value
  }
  return params
}

/** A name as SQL reads it: `t`, `s.t`, either part in double quotes; without them it is folded to lower case. */
export function readTableName(text: string): { schema: string, name: string } {
  const parts = splitOutsideQuotes(text, '.').map(part => readIdentifier(part, 'table'))
  if (parts.length > 2) throw new Refusal(invalid({ table: ['Only one dot between schema and table is allowed'] }))
  const [first = '', second] = parts
  return second === undefined ? { schema: 'public', name: first } : { schema: first, name: second }
}

function readColumns(text: string): string[] {
  return splitOutsideQuotes(text, ',').map(part => readIdentifier(part.trim(), 'columns'))
}

function readIdentifier(text: string, field: string): string {
  if (/^"(?:[^"]|"")+"$/.test(text)) return text.slice(1, -1).replaceAll('""', '"')
  if (text === '') throw new Refusal(invalid({ [field]: ['Invalid zero-length delimited identifier'] }))
  if (!/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(text)) {
    throw new Refusal(invalid({ [field]: [`Invalid unquoted identifier contains special characters: ${text}`] }))
  }
  return text.toLowerCase()
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (const char of text) {
    if (char === '"') quoted = !quoted
    if (char === separator && !quoted) {
      parts.push(part)
      part = ''
    }
    else {
      part += char
    }
  }
  return [...parts, part]
}
