import { company, folder, folders, folderShape, membership, until, type Visit } from './visit'
import type { Tab } from './tab'

/** Names of folders that nothing else on the disk can hold, that folding leaves as they are and no compression takes apart. */
export const ENDED = 'zk4wpq81vtn6bx0hjr35'
export const KEPT = 'm7rgyc2qew9sld58uafi'

const ROWS = 2001
export const COUNT = 'SELECT count(*)::int AS rows FROM folders'
export const ONE_COMPANY = [{ rows: ROWS }]

/** Two companies with a needle each at the server of a visit. */
export function plant({ server }: Visit): void {
  server.shape('memberships', [membership(1), membership(2)])
  server.shape(folderShape(1), [...folders(1, ROWS - 1), { ...folder(90_001), name: KEPT }])
  server.shape(folderShape(2), [...folders(100_001, ROWS - 1, 2), { ...folder(190_001, 2), name: ENDED }])
}

/** All of both is here, and taken up by search. */
export async function bothHeld(tab: Tab): Promise<void> {
  await until(() => tab.query(`SELECT (SELECT count(*)::int FROM folders) AS rows, (SELECT coalesce(sum(rows), 0)::int FROM search_fills WHERE done) AS found,
    (SELECT count(*)::int FROM sync_status WHERE state <> 'live') AS waits`), ([found]) => found?.rows === 2 * ROWS && Number(found.found) >= 2 * ROWS && found.waits === 0)
}

/** The server takes the second company away. */
export function endSecond({ server }: Visit): void {
  server.intercept = (url, method) => method === 'GET' && url.searchParams.get('company') === company(2)
    ? { status: 403, body: { code: 'membership_ended', message: '', next: '', company: company(2) } }
    : undefined
  server.shape('memberships').commit({ operation: 'delete', value: { id: membership(2).id ?? '' } })
}

/** The databases of PGlite on the device, wherever they are. */
export const databasesOf = (tab: Tab) => tab.page.evaluate(`(async () => {
  const names = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name)
  for (const { name } of await indexedDB.databases()) if (name.startsWith('/pglite/')) names.push(name.slice('/pglite/'.length))
  return names
})()`) as Promise<string[]>
