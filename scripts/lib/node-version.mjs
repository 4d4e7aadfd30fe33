// Old Node parses this file too: nothing newer than ES2017, and no import of a `node:` name.
var NEEDED = [20, 19, 0]

/**
 * Says why a version of Node is not enough.
 * @param {string} version such as `v18.20.4`
 * @returns {string | undefined} one line for a person, or undefined where the version is new enough
 */
export function whyTooOld(version) {
  var parts = version.replace(/^v/, '').split('.').map(Number)
  for (var i = 0; i < NEEDED.length; i++) {
    if (parts[i] > NEEDED[i]) return undefined
    if (!(parts[i] >= NEEDED[i])) {
      return 'Node ' + NEEDED.join('.') + ' or newer is needed and this is ' + version + ': install it from https://nodejs.org, then run the command again.'
    }
  }
  return undefined
}

/** Ends the process with one line where Node is too old. */
export function refuseOldNode() {
  var why = whyTooOld(process.version)
  if (why === undefined) return
  console.error(why)
  process.exit(1)
}
