import { parseArgs, type ParseArgsConfig } from 'node:util'
import { Refusal } from './command.mjs'

/** Reads the arguments of a bench command. Throws a Refusal with one sentence where they are wrong. */
export function benchArguments<const Options extends NonNullable<ParseArgsConfig['options']>>(argv: string[], options: Options, usage: string) {
  try {
    return parseArgs({ args: argv, allowPositionals: true, options })
  }
  catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}. ${usage}`)
  }
}

/** The whole number that a flag was given; undefined where it was not. */
export function wholeNumber(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < 1 || number > most) throw new Refusal(`--${name} takes a whole number from 1 to ${most}, not "${text}".`)
  return number
}

/** Below it a median is an accident, and no figure to write down. */
const ROUNDS = 5

/** What is said where so few rounds were asked for; empty where there are enough. */
export const fewRounds = (times: number): string =>
  times < ROUNDS ? `Of ${times} ${times === 1 ? 'round' : 'rounds'} each: under ${ROUNDS} these are glances, not figures.` : ''

/** Runs a command; a Refusal is one sentence and code 1, anything else shows where it came from. */
export async function runBench(main: () => Promise<void>): Promise<void> {
  try {
    await main()
  }
  catch (error) {
    console.error(error instanceof Refusal ? error.message : error)
    process.exitCode = 1
  }
}
