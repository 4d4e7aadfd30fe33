// Old Node has to get as far as the line that says so: see lib/node-version.mjs.
import { refuseOldNode } from './lib/node-version.mjs'

refuseOldNode()
import('./lib/command.mjs').then(function (command) { return command.runCommand('./commands/test-selfhost.mjs') })
