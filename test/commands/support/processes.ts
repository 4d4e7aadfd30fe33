import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { eventually } from './command'

interface Process { pid: number, parent: number, command: string }

/** Every process of the machine; slim Linux systems have no `ps`, others have no /proc. */
function all(): Process[] {
  if (existsSync('/proc/self/stat')) return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(fromProc)
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+) (.*)$/.exec(line)
    return found ? [{ pid: Number(found[1]), parent: Number(found[2]), command: found[3] ?? '' }] : []
  })
}

function fromProc(pid: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; that its parent has not asked how is not ours.
    if (state === 'Z') return []
    return [{ pid: Number(pid), parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }]
  }
  catch { return [] }
}

/** A process and everything that it, or a child of it, has started and that still hangs on it. */
export function familyOf(pid: number): Process[] {
  const processes = all()
  const family = processes.filter(process => process.pid === pid)
  for (const member of family) family.push(...processes.filter(process => process.parent === member.pid))
  return family
}

/** Fails where one of these processes still runs after the time. */
export async function untilGone(family: Process[], timeoutMs = 20_000): Promise<void> {
  const left = () => all().filter(({ pid }) => family.some(one => one.pid === pid))
  await eventually('every process of the command has ended', () => left().length === 0, timeoutMs)
    .catch((error: unknown) => { throw new Error(`${String(error)}; left: ${left().map(({ pid, command }) => `${pid} ${command}`).join('; ')}`) })
}
