import { readFileSync } from 'node:fs'

/** Mebibytes of memory that a process holds. */
export function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  if (kilobytes === undefined) throw new Error(`the memory of process ${pid} is not told`)
  return Number(kilobytes) / 1024
}

/** Milliseconds for which a process has had a processor. */
export function processorTimeOf(pid: number): number {
  // The name of the program, in brackets, may hold spaces; ticks are hundredths of a second on Linux.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** How many requests to Electric a server has under way, by its own metrics at a port of 127.0.0.1. */
export async function requestsToElectric(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  return [...text.matchAll(/^mvdb_upstream_requests_in_flight\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
}
