import { Registry } from 'prom-client'

/** What this process counts. Labels are taken from short lists only: never a company, a person, an address or a path as it came. */
export const registry = new Registry()
