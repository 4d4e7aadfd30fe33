import { createHash, randomBytes } from 'node:crypto'

/** A secret that opens something once shown: 32 random bytes, fit for an address. */
export const newToken = () => randomBytes(32).toString('base64url')

/** What is kept of it. A plain hash is enough: nobody guesses 32 random bytes. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')
