import { parseArgs } from 'node:util'
import { Refusal } from './command.mjs'

/**
 * @typedef {{ kind: 'port' | 'text' | 'switch', help: string }} Flag
 */

/**
 * Reads the flags of a command and refuses what it does not know.
 * @param {string[]} argv what follows the command
 * @param {Record<string, Flag>} flags by name
 * @param {string} command how a person calls it, for the sentence
 * @returns {Record<string, string | number | boolean | undefined>} by name; ports are numbers, 0 means any free one
 */
export function readFlags(argv, flags, command) {
  const options = Object.fromEntries(Object.entries(flags).map(([name, { kind }]) => [name, { type: kind === 'switch' ? 'boolean' : 'string' }]))
  let values
  try {
    ({ values } = parseArgs({ args: argv, options: { ...options, help: { type: 'boolean' } }, strict: true, allowPositionals: false }))
  }
  catch (error) {
    throw new Refusal(`${sentence(error)} ${known(flags, command)}`)
  }
  if (values.help) {
    console.log(known(flags, command))
    process.exit(0)
  }
  for (const [name, { kind }] of Object.entries(flags)) {
    const value = values[name]
    if (value === undefined || kind === 'switch') continue
    if (value === '') throw new Refusal(`--${name} has no value.`)
    if (kind === 'port') values[name] = readPort(value, `--${name}`)
  }
  return values
}

/**
 * @param {string} text
 * @param {string} name what the sentence calls it
 * @returns {number} 0 to 65535
 */
export function readPort(text, name) {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new Refusal(`${name} must be a port from 1 to 65535 (or 0 for any free one), not "${text}".`)
  return port
}

const known = (flags, command) => `${command} knows: ${[...Object.entries(flags).map(([name, { kind, help }]) =>
  `--${name}${kind === 'switch' ? '' : kind === 'port' ? ' PORT' : ' VALUE'} (${help})`), '--help'].join(', ')}.`

function sentence(error) {
  const [, flag] = /'(?:-\w, )?(-[^' ]*)/.exec(error.message) ?? []
  switch (error.code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION': return `There is no flag ${flag}.`
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL': return `"${/'(.*?)'/.exec(error.message)?.[1]}" is not a flag.`
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE': return /does not take/.test(error.message) ? `${flag} takes no value.` : `${flag} needs a value.`
    default: throw error
  }
}
