// Looking at processes of this machine, without assuming that `ps` exists (slim containers lack it).
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** True while a process with this id runs, whoever owns it. One that has ended and waits to be reaped does not run. */
export function isAlive(pid: number): boolean {
  // In a container, process 1 may reap nobody: the ended stay in the table for good.
  if (statOf(pid)?.[0] === 'Z') return false
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
  const start = statOf(pid)?.[19]
  return start === undefined ? '' : `${bootId()}:${start}`
}

/** What `/proc` says of a process, from its state on; nothing where there is no such process or no `/proc`. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command may hold spaces and brackets; fields are counted from its closing one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  catch {
    return undefined
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
