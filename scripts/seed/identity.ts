import { createHash } from 'node:crypto'

/** The same name gives the same UUID (of version 5's form) on every machine, so that seeding twice makes nothing twice. */
export function uuidOf(...name: string[]): string {
  const hex = createHash('sha1').update(['multi-vendor-db', ...name].join('\0')).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3F) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`
}
