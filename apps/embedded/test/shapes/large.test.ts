// A large table: memory is bounded by a page, not by the table.
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { SOAK } from '../../../../scripts/lib/soak-tag.mjs'
import { spawnStack } from '../process.ts'
import { SECRET, removeFolder, temporaryFolder } from '../stack.ts'

/** Most memory the process has ever held, in MB, as the system counts it. */
function peakMemory(pid: number | undefined): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1024
}

test.runIf(process.platform === 'linux')('1,000,000 rows, then a transaction that changes a fifth of them: served under 300 MB', { tags: [SOAK], timeout: 180_000 }, async () => {
  const folder = temporaryFolder()
  const stack = await spawnStack(folder)
  const client = new pg.Client(stack.ownerUrl)
  try {
    await client.connect()
    await client.query(`CREATE TABLE large (id int PRIMARY KEY, name text, body text, made timestamptz DEFAULT now());
      INSERT INTO large SELECT i, 'name ' || i, repeat('x', 100) FROM generate_series(1, 1000000) i`)
    let offset = '-1'
    let handle = ''
    let rows = 0
    const read = async (): Promise<void> => {
      for (;;) {
        const query = new URLSearchParams({ table: 'large', secret: SECRET, offset, ...(handle ? { handle } : {}) })
        const response = await fetch(`${stack.url}/v1/shape?${query}`)
        expect(response.status).toBe(200)
        rows += (await response.text()).split('"key":').length - 1
        offset = response.headers.get('electric-offset') ?? ''
        handle = response.headers.get('electric-handle') ?? ''
        if (response.headers.has('electric-up-to-date')) return
      }
    }
    await read()
    expect(rows).toBe(1_000_000)
    await client.query(`UPDATE large SET name = name || '!' WHERE id % 5 = 0`)
    rows = 0
    await expect.poll(async () => {
      await read()
      return rows
    }, { timeout: 60_000, interval: 200 }).toBe(200_000)
    expect(peakMemory(stack.child.pid)).toBeLessThan(300)
  }
  finally {
    await client.end()
    await stack.end('SIGTERM')
    removeFolder(folder)
  }
})
