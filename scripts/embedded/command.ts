// What the three commands on an embedded stack's data share.
import { resolve } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { SingleBar } from 'cli-progress'
import { StackError } from '../../apps/embedded/errors.ts'
import { Refusal } from '../lib/command.mjs'
import { DATA } from '../lib/paths.mjs'

/** Shorter work says nothing on its way. */
const SILENT_MS = 1_000
const LINE_EVERY_MS = 3_000

/** Reads the arguments of a command that takes files and `--data`. Throws a Refusal with the usage. */
export function readCommand<Options extends NonNullable<ParseArgsConfig['options']>>(argv: string[], usage: string, files: number, options: Options) {
  try {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: { ...options, data: { type: 'string' as const } } })
    const { data } = values as { data?: string }
    if (data === '') throw new Error('--data has no value.')
    if (positionals.length !== files || positionals.includes('')) throw new Error(files === 1 ? 'Give one file.' : `"${positionals[0]}" is not a flag.`)
    return { values, file: positionals[0] ?? '', dataDir: resolve(data ?? `${DATA}/local`) }
  }
  catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)} ${usage}`)
  }
}

/** Runs work that says where it is: on a terminal in one line that is written over, elsewhere in a line every few seconds. */
export async function withProgress<Result>(work: (say: (said: string) => void) => Promise<Result>): Promise<Result> {
  const line = process.stderr.isTTY ? new SingleBar({ format: '{said}', clearOnComplete: true, stopOnComplete: false }) : undefined
  const began = Date.now()
  let lastLine = began + SILENT_MS - LINE_EVERY_MS
  let shown = false
  try {
    return await work((said) => {
      const now = Date.now()
      if (now - began < SILENT_MS) return
      if (line) {
        if (!shown) line.start(1, 0, { said })
        else line.update({ said })
        shown = true
      }
      else if (now - lastLine >= LINE_EVERY_MS) {
        lastLine = now
        console.error(said)
      }
    })
  }
  finally {
    if (shown) line?.stop()
  }
}

/** A failure of the stack is a sentence for the person who typed the command. */
export async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  }
  catch (error) {
    if (error instanceof StackError) throw new Refusal(error.message)
    throw error
  }
}
