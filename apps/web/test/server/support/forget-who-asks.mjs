// Loaded before a server by the test of the second door, and by nothing else: the server's own code has no such switch. It
// makes the driver forget the viewer that a transaction names, as if `withTenant` were not there.
import { createRequire } from 'node:module'

const { Client } = createRequire(process.argv[1])('pg')
const { query } = Client.prototype

Client.prototype.query = function (statement, ...rest) {
  if (typeof statement !== 'string') return query.call(this, statement, ...rest)
  const forgotten = statement.replace(/set_config\('app\.user_id', '[^']+', true\)/, `set_config('app.user_id', '', true)`)
  if (forgotten !== statement) process.stdout.write('forgot who asks\n')
  return query.call(this, forgotten, ...rest)
}
