import { parseArgs } from 'node:util'
import { Refusal } from './command.mjs'

/**
 * A number is a whole one, from `least` (1 where not said) to `most` (nine digits where not said).
 * @typedef {{ kind: 'port' | 'text' | 'switch' | 'number' | 'choice', help: string, least?: number, most?: number, of?: readonly string[] }} Flag
 */

/**
 * What a flag of each kind is read as; undefined where it was not given.
 * @template {Flag} F
 * @typedef {F['kind'] extends 'switch' ? boolean : F['kind'] extends 'port' | 'number' ? number
 *   : F extends { of: readonly (infer One)[] } ? One : string} Read
 */

/**
 * Reads the flags of a command and refuses what it does not know.
 * @template {Record<string, Flag>} const Flags
 * @param {string[]} argv what follows the command
 * @param {Flags} flags by name
 * @param {string} command how a person calls it, for the sentence
 * @returns {{ [Name in keyof Flags]: Read<Flags[Name]> | undefined }} by name; port 0 means any free one
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
  for (const [name, flag] of Object.entries(flags)) {
    const value = values[name]
    if (value === undefined || flag.kind === 'switch') continue
    if (value === '') throw new Refusal(`--${name} has no value.`)
    if (flag.kind === 'port') values[name] = readPort(value, `--${name}`)
    if (flag.kind === 'number') values[name] = readNumber(value, `--${name}`, flag)
    if (flag.kind === 'choice' && !flag.of.includes(value)) throw new Refusal(`--${name} takes ${flag.of.join(' or ')}, not "${value}".`)
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

/**
 * @param {string} text
 * @param {string} name what the sentence calls it
 * @param {{ least?: number, most?: number }} [bounds]
 * @returns {number} a whole one within the bounds
 */
function readNumber(text, name, { least = 1, most = 999_999_999 } = {}) {
  const number = Number(text)
  if (!/^\d{1,9}$/.test(text) || number < least || number > most) throw new Refusal(`${name} takes a whole number from ${least} to ${most}, not "${text}".`)
  return number
}

const WORDS = { port: ' PORT', number: ' N', text: ' VALUE', choice: ' VALUE', switch: '' }
const known = (flags, command) => `${command} knows: ${[...Object.entries(flags).map(([name, { kind, help }]) => `--${name}${WORDS[kind]} (${help})`), '--help'].join(', ')}.`

function sentence(error) {
  const [, flag] = /'(?:-\w, )?(-[^' ]*)/.exec(error.message) ?? []
  switch (error.code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION': return `There is no flag ${flag}.`
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL': return `"${/'(.*?)'/.exec(error.message)?.[1]}" is not a flag.`
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE': return /does not take/.test(error.message) ? `${flag} takes no value.` : `${flag} needs a value.`
    default: throw error
  }
}
