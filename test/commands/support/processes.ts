import { execFileSync } from 'node:child_process'
import { eventually } from './command'

/** pid and when it began: a number that is used again for another process is not taken for the old one. */
interface Process { pid: number, parent: number, began: string, command: string }

function all(): Process[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,lstart=,args='], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
  return text.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line)
    return found ? [{ pid: Number(found[1]), parent: Number(found[2]), began: found[3] ?? '', command: found[4] ?? '' }] : []
  })
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
  const left = () => {
    const now = all()
    return family.filter(one => now.some(({ pid, began, command }) => pid === one.pid && began === one.began && !/<defunct>/.test(command)))
  }
  await eventually('every process of the command has ended', () => left().length === 0, timeoutMs)
    .catch((error: unknown) => { throw new Error(`${String(error)}; left: ${left().map(({ pid, command }) => `${pid} ${command}`).join('; ')}`) })
}
