import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { company, foldersOf, join, person } from './people'
import type { Places } from './pages'
import type { Walk } from './walk'

type Cast = Pick<Walk, 'people' | 'places'>

/** People and places for the table of pages, as small as they may be. */
export async function smallCast(sql: pg.Pool): Promise<Cast> {
  const [owner, guest, member] = [await plainPerson(sql, 'Olga'), await plainPerson(sql, 'Gita'), await plainPerson(sql, 'Mara')]
  const full = await company(sql, [[owner, 'owner'], [guest, 'guest'], [member, 'member']])
  const [workspace = ''] = full.workspaces
  const folder = (await foldersOf(sql, full.id)).find(one => one.workspace_id === workspace)?.id ?? ''
  await changed(sql, { company: full.id, workspace, folder }, owner)
  return { people: { owner, guest, unlucky: member, waiting: member, newcomer: await plainPerson(sql, 'Nico') }, places: { company: full.id, workspace, folder, ...await emptyPlaces(sql, owner) } }
}

/** The demo's own people and trees. */
export async function demoCast(sql: pg.Pool): Promise<Cast> {
  const { rows: people } = await sql.query<{ id: string, email: string, name: string }>('select id, email, name from users')
  const called = (name: string) => {
    const found = people.find(one => one.email.startsWith(`${name}@`))
    if (!found) throw new Error(`the demo has no ${name}`)
    return found
  }
  // A workspace that fills a screen and a folder with some in it.
  const { rows: [place] } = await sql.query<{ company: string, workspace: string, folder: string }>(`
    select c.id as company, f.workspace_id as workspace, (
      select parent_id from folders p where p.workspace_id = f.workspace_id and parent_id is not null group by 1 order by count(*) desc, 1 limit 1) as folder
    from companies c join folders f on f.company_id = c.id where c.slug = 'editors' group by 1, 2 order by abs(count(*) - 60), 2 limit 1`)
  if (!place) throw new Error('the demo has no folders')
  await changed(sql, place, called('olga'))
  return { people: { owner: called('olga'), guest: called('gita'), unlucky: called('mara'), waiting: called('mara'), newcomer: await plainPerson(sql, 'Nico') }, places: { ...place, ...await emptyPlaces(sql, called('olga')) } }
}

/** Of no colours: the walk chooses them by what the system prefers. */
async function plainPerson(sql: pg.Pool, name: string): ReturnType<typeof person> {
  const made = await person(sql, name)
  await sql.query('update users set preferences = \'{}\' where id = $1', [made.id])
  return made
}

/** Something is in the trash, and a folder has a history. */
async function changed(sql: pg.Pool, { company: id, workspace, folder }: Pick<Places, 'company' | 'workspace' | 'folder'>, by: { id: string, name: string }): Promise<void> {
  const deletion = randomUUID()
  const { rows: [gone] } = await sql.query<{ id: string, name: string }>(`
    update folders set deleted_at = now(), deletion_id = $3 where id = (
      select id from folders f where company_id = $1 and workspace_id <> $2 and not exists (select from folders c where c.parent_id = f.id) order by position desc, id limit 1)
    returning id, name`, [id, workspace, deletion])
  const note = (row: string, mutation: string, before: object, after: object, more: { deletion?: string, amount?: number } = {}) => sql.query(`
    insert into auth.changes (company_id, entity, row_id, actor_id, actor_name, mutation, before, after, deletion_id, amount) values ($1, 'folders', $2, $3, $4, $5, $6, $7, $8, $9)`,
  [id, row, by.id, by.name, mutation, before, after, more.deletion ?? null, more.amount ?? null])
  const place = (name: string) => ({ place: { workspace: { id: workspace, name }, folder: null } })
  if (gone) await note(gone.id, 'folder.delete', { name: gone.name }, {}, { deletion, amount: 1 })
  await note(folder, 'folder.create', {}, { name: 'Plans', ...place('Archive of the years before, which has a long name') })
  await note(folder, 'folder.rename', { name: 'Plans' }, { name: 'Plans and budgets of the whole year' })
  await note(folder, 'folder.describe', { description: '' }, { description: 'Everything that we want to do this year.\nAnd who does it.' })
  await note(folder, 'folder.move', place('Archive of the years before, which has a long name'), place('Sales'))
}

async function emptyPlaces(sql: pg.Pool, owner: { id: string, email: string, name: string }): Promise<Pick<Places, 'emptyCompany' | 'emptyWorkspace'>> {
  const [emptyCompany, emptyWorkspace] = [randomUUID(), randomUUID()]
  await sql.query('insert into companies (id, name, slug, owner_id) values ($1, $2, $3, $4)', [emptyCompany, 'New Venture', `new-venture-${emptyCompany.slice(-12)}`, owner.id])
  await join(sql, emptyCompany, owner, 'owner')
  await sql.query('insert into workspaces (id, company_id, name, position) values ($1, $2, $3, $4)', [emptyWorkspace, emptyCompany, 'First workspace', 'a0'])
  return { emptyCompany, emptyWorkspace }
}
