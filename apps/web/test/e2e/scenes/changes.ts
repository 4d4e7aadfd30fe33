import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { SOAK } from '../../../../../scripts/lib/soak-tag.mjs'
import { holdsWhatTheyMaySee } from '../../support/oracle'
import { addGroup, addLead, addToGroup, company, foldersOf, grow, join, person } from '../../support/people'
import type { Stack } from '../../support/stack'
import { visit } from '../../support/visit'

export function changeScenes(stack: () => Stack) {
  describe('changes while live', () => {
    test('a change of each kind arrives, and none of them as something else', async () => {
      const { sql } = stack()
      const [who, other, guest] = [await person(sql, 'Ida'), await person(sql, 'Oto'), await person(sql, 'Gil')]
      const { id, workspaces: [first = '', second = ''] } = await company(sql, [[who, 'member'], [guest, 'guest']])
      const mine = await visit(stack(), who)
      const theirs = await visit(stack(), guest)
      const viewers = [{ page: mine.page, user: who }, { page: theirs.page, user: guest }]
      const settled = () => holdsWhatTheyMaySee(sql, viewers)
      await settled()

      const changes: Record<string, () => Promise<unknown>> = {
        'a folder is made': () => grow(sql, id, first, 1),
        'folders are made in bulk': () => grow(sql, id, first, 2_000),
        'a folder is renamed': async () => sql.query('update folders set name = $2 where id = $1', [(await foldersOf(sql, id))[3]?.id, 'Renamed \\N\t\r\n']),
        'a folder moves': async () => {
          const list = (await foldersOf(sql, id)).filter(f => f.workspace_id === first)
          await sql.query('update folders set parent_id = $2 where id = $1', [list.find(f => f.parent_id)?.id, list.filter(f => !f.parent_id)[1]?.id])
        },
        'a folder is softly deleted': async () => sql.query('update folders set deleted_at = now(), deletion_id = $2 where id = $1', [(await foldersOf(sql, id)).findLast(f => f.parent_id)?.id, randomUUID()]),
        'it comes back': () => sql.query('update folders set deleted_at = null, deletion_id = null where company_id = $1', [id]),
        'a folder is deleted for good': async () => sql.query('delete from folders where id = $1', [(await foldersOf(sql, id)).findLast(f => f.parent_id)?.id]),
        'the key of a row changes': async () => sql.query('update leads set id = $2 where id = (select id from leads where company_id = $1 limit 1)', [id, randomUUID()]),
        'a row changes twice and goes, in one transaction': async () => sql.query(`do $$ declare l uuid := '${await addLead(sql, id, 'short-lived')}'; begin
          update leads set score = 1 where id = l; update leads set score = 2, phone = null where id = l; delete from leads where id = l; end $$`),
        'a workspace is softly deleted': () => sql.query('update workspaces set deleted_at = now() where id = $1', [second]),
        'a member comes': () => join(sql, id, other, 'admin'),
        'a group comes with members': async () => addToGroup(sql, id, await addGroup(sql, id, 'Readers'), other),
        'a group goes': () => sql.query('delete from user_groups where company_id = $1 and name = $2', [id, 'Editors']),
        'a person renames themselves': () => sql.query('update users set name = $2, avatar_url = $3, preferences = $4 where id = $1', [who.id, 'Ida «new»', 'https://example.com/i.png', { theme: 'light', list: [1, null] }]),
        'the company is renamed': () => sql.query('update companies set name = $2 where id = $1', [id, 'Another name']),
        'a member goes': () => sql.query('delete from company_members where company_id = $1 and user_id = $2', [id, other.id]),
        'an update changes nothing': () => sql.query('update leads set score = score where company_id = $1', [id]),
      }
      for (const [name, change] of Object.entries(changes)) {
        await change()
        await settled().catch((error: Error) => { throw new Error(`after "${name}": ${error.message}`) })
      }
      expect(mine.front.longestBeyond(2)).toBeLessThan(30)
    })

    test('a TRUNCATE empties the table here too, and what is written afterwards arrives', { tags: [SOAK] }, async () => {
      const { sql } = stack()
      const who = await person(sql, 'Tru')
      const { id, workspaces: [first = ''] } = await company(sql, [[who, 'owner']])
      const { page } = await visit(stack(), who)
      const settled = () => holdsWhatTheyMaySee(sql, [{ page, user: who }])
      await settled()
      await sql.query('truncate leads')
      await settled()
      await addLead(sql, id, 'the first one afterwards')
      await settled()
      const client = await sql.connect()
      try {
        await client.query('begin')
        await client.query('create temporary table kept on commit drop as select * from folders where company_id <> $1', [id])
        await client.query('truncate folders')
        await client.query('insert into folders select * from kept')
        await client.query('commit')
      }
      finally {
        client.release()
      }
      await grow(sql, id, first, 25)
      await settled()
    })
  })
}
