import type pg from 'pg'
import { folderCreate, folderDescribe, folderRename } from '../../../shared/mutations/folder'
import type { MutationResult } from '../../../shared/protocol/mutations'
import { entry, newId } from './mutations'
import { makeCompany, makePerson, type Person } from './people'
import { foldersBy, makeFolder, makeWorkspace, type FolderState } from './places'

type Entry = ReturnType<typeof entry>

/** Edits of folders in a company of their own, as they travel, by its owner. */
export class FolderEdits {
  readonly #sql: pg.Pool
  readonly person: Person
  readonly company: string
  readonly workspace: string

  private constructor(sql: pg.Pool, person: Person, company: string, workspace: string) {
    this.#sql = sql
    this.person = person
    this.company = company
    this.workspace = workspace
  }

  static async make(sql: pg.Pool): Promise<FolderEdits> {
    const person = await makePerson(sql, 'writer')
    const company = await makeCompany(sql, person)
    return new FolderEdits(sql, person, company, await makeWorkspace(sql, company))
  }

  create(name: string, more: object = {}): Entry {
    return entry(folderCreate, { id: newId(), workspace_id: this.workspace, parent_id: null, name, ...more }, { company: this.company })
  }

  rename(id: string, name: string, base?: Record<string, unknown>): Entry {
    return entry(folderRename, { id, name }, { company: this.company, base })
  }

  describe(id: string, description: string): Entry {
    return entry(folderDescribe, { id, description }, { company: this.company })
  }

  /** Makes folders past every rule, `Before 0` and so on. Out: their ids. */
  folders(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, (_, n) => makeFolder(this.#sql, this.company, this.workspace, null, `Before ${n}`)))
  }

  /** Folders as they stand, in the order asked. */
  async states(ids: readonly string[]): Promise<(FolderState | undefined)[]> {
    const found = await foldersBy(this.#sql, ids)
    return ids.map(id => found.get(id))
  }

  /** How many of some edits the ledger knows. */
  async decided(batch: readonly Entry[]): Promise<number> {
    return (await this.#sql.query('select id from auth.mutations where id = any($1)', [batch.map(({ id }) => id)])).rowCount ?? 0
  }
}

/** The transactions of those that were applied, one an edit. */
export const txidsOf = (results: readonly MutationResult[]): number[] => results.flatMap(result => result.status === 'applied' ? result.txid : [])
