import { createServer } from 'node:net'
import { Refusal } from './command.mjs'

/** Why listening failed (an errno code), or undefined where it worked; the port is given back at once. */
const tryPort = (port, host) => new Promise((resolve) => {
  const server = createServer()
  server.once('error', error => resolve(error.code))
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
})

/** Whether this machine can listen on a port. `localhost` may mean ::1 too, so a stranger there counts as taken. */
async function problemWith(port, host) {
  const problem = await tryPort(port, host)
  if (problem !== undefined || host === '::1') return problem
  return await tryPort(port, '::1') === 'EADDRINUSE' ? 'EADDRINUSE' : undefined
}

const freePort = host => new Promise((resolve, reject) => {
  const server = createServer()
  server.once('error', reject)
  server.listen({ port: 0, host }, () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

/**
 * Settles which port a service gets.
 * @param {{ name: string, flag: string, given: number | undefined, usual: number, host?: string, mayMove?: boolean }} wish
 *   `given` by the person (0 = any free one); without it `usual`, or any free one where `mayMove` and `usual` is taken
 * @returns {Promise<number>}
 */
export async function settlePort({ name, flag, given, usual, host = '127.0.0.1', mayMove = false }) {
  if (given === 0) return freePort(host)
  const port = given ?? usual
  const problem = await problemWith(port, host)
  if (problem === undefined) return port
  if (given === undefined && mayMove) return freePort(host)
  if (problem === 'EADDRINUSE') throw new Refusal(`Port ${port} for ${name} is in use: stop what listens there, or choose another with ${flag}.`)
  if (problem === 'EACCES') throw new Refusal(`Port ${port} for ${name} needs more rights than this account has: choose one above 1023 with ${flag}.`)
  throw new Refusal(`${name} cannot listen on ${host}:${port} (${problem}): choose another with ${flag}.`)
}
