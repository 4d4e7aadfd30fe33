import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Database } from './databases'

const root = fileURLToPath(new URL('../../../../../', import.meta.url))
/** Links are made from it. */
export const PUBLIC = 'http://localhost:3999'

/** Runs a command of the operator against a database. Out: its code and its words. */
export async function command(name: string, args: string[], { appUrl }: Pick<Database, 'appUrl'>, { stdin = '', env = {} }: { stdin?: string, env?: Record<string, string> } = {}) {
  const child = spawn(`${root}node_modules/.bin/tsx`, [`scripts/admin-${name}.ts`, ...args], { cwd: root, env: { ...process.env, DATABASE_URL: appUrl, PUBLIC_URL: PUBLIC, ...env } })
  child.stdin.end(stdin)
  const [code, out, err] = await Promise.all([new Promise(resolve => child.once('close', resolve)), text(child.stdout), text(child.stderr)])
  return { code, said: (out + err).trim() }
}
