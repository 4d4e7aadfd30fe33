import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nextRelease } from '../support/next-release'
import { holdsWhatTheyMaySee } from '../support/oracle'
import { localCount } from '../support/page'
import { addLead, company, firstPassword, foldersOf, grow, person } from '../support/people'
import { Stack } from '../support/stack'
import { visit } from '../support/visit'

/** What the next release adds. */
const COLUMN = 'colour'

let stack: Stack
let next: Awaited<ReturnType<typeof nextRelease>>
beforeAll(async () => {
  stack = await Stack.start()
  next = await nextRelease(COLUMN)
})
afterAll(async () => {
  await stack.stop()
  await next.remove()
})

// Four starts of a server and a migration that waits, beside a browser.
test('a page that is open while the next release migrates and takes over loses nothing, beside servers of both versions and after', async () => {
  const { sql } = stack
  await firstPassword(sql)
  const who = await person(sql, 'Una')
  const { id, workspaces: [workspace = ''] } = await company(sql, [[who, 'owner']])
  const { page } = await visit(stack, who)
  const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }], { deadline: 30_000, newer: [`folders.${COLUMN}`] })
  await settled()
  const [folder] = await foldersOf(sql, id)

  /** Renames a folder as the page's own worker would ask for it. */
  const rename = (name: string) => page.evaluate(async (given: string) => {
    const answer = await fetch('/api/mutations', { method: 'POST', headers: { 'content-type': 'application/json', 'x-database-user': (JSON.parse(given) as { user: string }).user }, body: (JSON.parse(given) as { body: string }).body })
    return `${answer.status} ${await answer.text()}`
  }, JSON.stringify({ user: who.id, body: JSON.stringify({ mutations: [{ id: randomUUID(), name: 'folder.rename', version: 1, company: id, input: { id: folder?.id, name } }] }) }))
  /** A named read, which goes by the views of the server that answers. */
  const read = () => page.evaluate(async (given: string) => {
    const { user, params } = JSON.parse(given) as { user: string, params: string }
    const answer = await fetch(`/api/reads/folder?${new URLSearchParams({ params })}`, { headers: { 'x-database-user': user } })
    return { status: answer.status, text: await answer.text() }
  }, JSON.stringify({ user: who.id, params: JSON.stringify([folder?.id]) }))

  // A transaction that reads for long: the migration waits for it without holding up everybody else.
  const reader = await sql.connect()
  await reader.query('begin; select count(*) from folders')
  const beside = stack.stopServer(1).then(() => stack.startServer(1, {}, next.server))
  await expect.poll(async () => (await sql.query('select 1 from pg_stat_activity where application_name = \'multi-vendor-db migrations\' and wait_event_type = \'Lock\'')).rowCount, { timeout: 15_000 }).toBe(1)
  expect(await rename('While a migration waits')).toMatch(/^200 .*"status":"applied"/)
  await reader.query('commit')
  reader.release()
  await beside

  // Both versions serve, and each request of the page may come to either: more than one of each, so that both are asked.
  expect(await localCount(page, 'folders')).toBe(60)
  for (const name of ['One', 'Two', 'Three', 'Four']) {
    expect(await rename(name)).toMatch(/^200 .*"status":"applied"/)
    expect(await read()).toMatchObject({ status: 200, text: expect.stringContaining(`"${name}"`) })
  }
  await sql.query(`update folders set ${COLUMN} = 'red' where company_id = $1`, [id])
  await grow(sql, id, workspace, 30)
  await settled()

  // The newer one alone, at the same address. Its shapes bring the page a column that it has no place for.
  await stack.stopServer(0)
  await stack.startServer(0, {}, next.server)
  expect(await localCount(page, 'folders')).toBe(90)
  expect(await rename('By the newer server')).toMatch(/^200 .*"status":"applied"/)
  expect(await read()).toMatchObject({ status: 200, text: expect.stringContaining('By the newer server') })
  await sql.query(`update folders set ${COLUMN} = 'blue', description = 'said since' where id = $1`, [folder?.id])
  await grow(sql, id, workspace, 10)
  await addLead(sql, id, 'after the upgrade')
  await settled()
  expect(await localCount(page, 'folders')).toBe(100)
}, 120_000)
