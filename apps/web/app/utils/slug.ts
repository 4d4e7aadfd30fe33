const MOST = 60

/** A short name for addresses out of a company's name: a-z, 0-9 and single hyphens; empty where nothing of that is in it. */
export function slugOf(name: string): string {
  return name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
    .replace(/ß/g, 'ss').replace(/[^a-z0-9]+/g, '-').replace(/^-/, '').slice(0, MOST).replace(/-$/, '')
}
