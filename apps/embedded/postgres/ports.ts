import { createServer } from 'node:net'
import { StackError } from '../errors.ts'

const HOST = '127.0.0.1'

/**
 * The port itself when it is free, or any free one for 0.
 * @param flag the command-line flag that chooses this port; named in the sentence when it is taken
 */
export async function freePort(port: number, flag: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port, flag)))
    probe.listen({ port, host: HOST, exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

/** The sentence for a port that could not be opened. */
export function portError(error: NodeJS.ErrnoException, port: number, flag: string): Error {
  if (error.code === 'EADDRINUSE') return new StackError('port_in_use', `Port ${port} is already in use: stop what listens there, or choose another with ${flag}.`)
  if (error.code === 'EACCES') return new StackError('port_refused', `Port ${port} may not be opened by this user: choose another with ${flag}, above 1023.`)
  return error
}
