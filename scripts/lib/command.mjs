/** Something a person has to do before the command can go on: one sentence, and the process ends with 1. */
export class Refusal extends Error {}

/**
 * Runs a command of `./commands/` with the process's arguments and turns its end into an exit code.
 * @param {string} module path of a module that exports `main(argv): Promise<number | void>`
 */
export async function runCommand(module) {
  try {
    const { main } = await import(module)
    process.exitCode = (await main(process.argv.slice(2))) ?? 0
  }
  catch (error) {
    process.exitCode = 1
    if (error instanceof Refusal) return console.error(error.message)
    console.error(`This is a mistake in the command itself: ${error instanceof Error ? error.stack : String(error)}`)
  }
}
