import { createHash, X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'

/** The certificate of every edge of this process, and what a browser knows it by. */
export interface Certificate { key: string, cert: string, fingerprint: string }

let made: Promise<Certificate> | undefined

/**
 * Made when it is first asked for. A browser that is told its fingerprint takes it as any other: one that is told to take
 * whatever comes keeps nothing of such a place in its caches and runs no service worker of it.
 */
export const certificate = (): Promise<Certificate> => made ??= make()

async function make(): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec', extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return { key, cert, fingerprint: createHash('sha256').update(spki).digest('base64') }
}
