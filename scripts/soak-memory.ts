// `pnpm soak:memory`: ten companies in five tabs for half an hour, with changes all the time; the leader's memory must stay.
import { heldMemory } from '../apps/web/test/bench/held-memory.ts'
import { Stack } from '../apps/web/test/support/stack.ts'
import { findBrowser } from './lib/browser.mjs'
import { runMain } from './lib/command.mjs'
import { readFlags } from './lib/flags.mjs'

/** Of what it was after the second minute. */
const LIMIT = 1.3
const FLAGS = {
  minutes: { kind: 'number', most: 600, help: 'how long it is watched, 30 where not given' },
  folders: { kind: 'number', help: 'of all companies, 300000 where not given' },
  companies: { kind: 'number', most: 100, help: '10 where not given' },
  tabs: { kind: 'number', most: 20, help: '5 where not given' },
  changes: { kind: 'number', most: 100, help: 'a second, 10 where not given' },
} as const

await runMain(async (argv) => {
  const { minutes = 30, folders = 300_000, companies = 10, tabs = 5, changes = 10 } = readFlags(argv, FLAGS, 'pnpm soak:memory')
  process.env.CHROMIUM_PATH = await findBrowser()
  const stack = await Stack.start({ bare: true })
  try {
    await stack.script('scripts/seed-demo.ts')
    const held = await heldMemory(stack, { companies, folders, tabs, seconds: minutes * 60, changes, say: line => process.stdout.write(`${line}\n`) })
    const ratio = held.highest / held.settled
    process.stdout.write(`${folders} folders of ${companies} companies in ${tabs} tabs, ${held.changes} changes in ${minutes} minutes: ${held.settled.toFixed(0)} MiB when settled, at most ${held.highest.toFixed(0)} after that, ${held.last.toFixed(0)} at the end: ${ratio.toFixed(2)}x (at most ${LIMIT}x)\n`)
    return ratio <= LIMIT ? 0 : 1
  }
  finally {
    await stack.stop()
  }
})
process.exit()
