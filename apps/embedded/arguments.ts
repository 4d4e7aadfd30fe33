// The flags of `pnpm embedded`.
import { parseArgs } from 'node:util'
import { StackError, messageOf } from './errors.ts'

export const HELP = `pnpm embedded [--port 30000] [--pg-port 54321 | --database-url URL] [--data DIR] (--secret S | --insecure) [--json] [--stop-with-parent]

  --port              port of /v1/shape on 127.0.0.1 (default 30000; 0 takes any free one)
  --pg-port           port of PostgreSQL on 127.0.0.1 (default 54321; 0 takes any free one)
  --database-url      a PostgreSQL that is given (18 or newer, wal_level=logical, as a superuser) instead of one that is
                      started here; it is neither started nor stopped, and in --data are the shapes only
  --data              folder for everything that is kept (default .data in this repository, .data/given with --database-url)
  --secret            what every request must carry as the query parameter "secret"
  --insecure          answer anyone on this machine, and allow DELETE /v1/shape
  --json              when ready, print one line of JSON with the addresses
  --stop-with-parent  stop when standard input closes, that is when the starting process ends

A process list shows flags to every account of the machine, so secrets may come by the environment instead:
  ELECTRIC_SECRET             as --secret
  EMBEDDED_POSTGRES_PASSWORD  of the superuser postgres (default: password)
  EMBEDDED_DATABASE_URL       as --database-url, unless --pg-port is given
`

export interface Arguments {
  port: number
  pgPort: number
  databaseUrl?: string
  dataDir?: string
  secret?: string
  password?: string
  insecure: boolean
  json: boolean
  stopWithParent: boolean
  help: boolean
}

/** Reads the flags. Throws a StackError with one sentence for anything it does not know. */
export function readArguments(argv: string[], env = process.env): Arguments {
  const values = parse(argv[0] === '--' ? argv.slice(1) : argv)
  if (values.data === '') throw new StackError('bad_flag', '--data is empty: give a folder.')
  if (values['database-url'] !== undefined && values['pg-port'] !== undefined) throw new StackError('bad_flag', '--database-url and --pg-port exclude each other: the port is that of a PostgreSQL that is started here.')
  // The launcher says --pg-port: an address meant for a stack of its own must not move its data.
  const databaseUrl = values['database-url'] ?? (values['pg-port'] === undefined ? env.EMBEDDED_DATABASE_URL : undefined)
  const secret = values.secret ?? (values.insecure ? undefined : env.ELECTRIC_SECRET)
  return {
    port: portOf(values.port, '--port'),
    pgPort: portOf(values['pg-port'] ?? '54321', '--pg-port'),
    ...(databaseUrl === undefined || databaseUrl === '' ? {} : { databaseUrl }),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    ...(secret === undefined ? {} : { secret }),
    ...(env.EMBEDDED_POSTGRES_PASSWORD === undefined ? {} : { password: env.EMBEDDED_POSTGRES_PASSWORD }),
    insecure: values.insecure,
    json: values.json,
    stopWithParent: values['stop-with-parent'],
    help: values.help,
  }
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        'port': { type: 'string', default: '30000' },
        'pg-port': { type: 'string' },
        'database-url': { type: 'string' },
        'data': { type: 'string' },
        'secret': { type: 'string' },
        'insecure': { type: 'boolean', default: false },
        'json': { type: 'boolean', default: false },
        'stop-with-parent': { type: 'boolean', default: false },
        'help': { type: 'boolean', default: false, short: 'h' },
      },
    }).values
  }
  catch (error) {
    throw new StackError('bad_flag', `${messageOf(error)} See pnpm embedded --help.`)
  }
}

function portOf(text: string, flag: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new StackError('bad_flag', `${flag} ${text} is not a port: give a number from 0 to 65535.`)
  return port
}
