/** Something a person has to do before the command can go on: one sentence, and the process ends with 1. */
export class Refusal extends Error {}

/**
 * Runs a command of `./commands/` with the process's arguments and turns its end into an exit code.
 * @param {string} module path of a module that exports `main(argv): Promise<number | void>`
 */
export function runCommand(module) {
  return runMain(async argv => (await import(module)).main(argv))
}

/**
 * Runs a command with the process's arguments and turns its end into an exit code.
 * @param {(argv: string[]) => Promise<number | void> | number | void} main
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main(process.argv.slice(2))) ?? 0
  }
  catch (error) {
    process.exitCode = 1
    if (error instanceof Refusal) return console.error(error.message)
    console.error(`This is a mistake in the command itself: ${error instanceof Error ? error.stack : String(error)}`)
  }
}
