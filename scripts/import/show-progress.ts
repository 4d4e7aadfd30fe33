import { SingleBar, Presets } from 'cli-progress'

interface Progress { done: number, of: number }

/** Runs an import to its end: a bar on a terminal, a line every few seconds elsewhere. Out: what the import returns. */
export async function showProgress<Report>(running: AsyncGenerator<Progress, Report>): Promise<Report> {
  const bar = process.stderr.isTTY ? new SingleBar({ format: '{bar} {percentage} % | {value}/{total} lines | {eta} s left' }, Presets.shades_classic) : undefined
  let started = false
  let said = Date.now()
  try {
    for (;;) {
      const { done, value } = await running.next()
      if (done) return value
      if (bar) {
        if (!started) bar.start(value.of, 0)
        bar.update(value.done)
      }
      else if (Date.now() - said > 2_000) {
        said = Date.now()
        console.error(`${value.done} of ${value.of} lines`)
      }
      started = true
    }
  }
  finally {
    if (started) bar?.stop()
  }
}
