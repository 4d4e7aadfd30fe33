// Looking at processes of this machine, without assuming that `ps` exists (slim containers lack it).
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  }
  catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * A text that tells one process from a later one with the same id: its start time and the machine's boot.
 * Empty where the system does not show it.
 */
export function identityOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command may hold spaces and brackets; fields are counted from its closing one. Field 22 is the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${bootId()}:${fields[19] ?? ''}`
  }
  catch {
    return ''
  }
}

/** The id of this boot of the machine; empty where the system does not show one. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  }
  catch {
    if (platform() !== 'darwin') return ''
    return spawnSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  }
}

/** The command line of a process, or nothing where it cannot be read. */
export function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  }
  catch {
    return undefined
  }
}
