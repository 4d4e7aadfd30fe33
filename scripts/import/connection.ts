import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { beginAs } from '../../apps/web/server/db/asker'
import type { Transaction } from '../../apps/web/server/db/door'
import { ImportBroken } from '../../apps/web/server/trees/import'
import type { ImportReport } from '../../apps/web/shared/trees/progress'
import { TreeFileError } from '../../apps/web/shared/trees/refusals'
import { AdminError, operatorSentence } from '../admin/operator'

/** One connection of a command that writes in many transactions. */
export class ImportConnection {
  readonly #client: pg.Client

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(url: string): Promise<ImportConnection> {
    const client = new pg.Client({ connectionString: url, application_name: 'multi-vendor-db import' })
    // Without a listener a lost connection would end the process before it can say so; the next query fails by itself.
    client.on('error', () => undefined)
    await client.connect()
    return new ImportConnection(client)
  }

  /** A transaction on one company. Commits when `work` resolves, rolls back when it throws. */
  transact<Result>(company: string, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return this.#inTransaction(beginAs({ door: 'operator', company }, pg.escapeLiteral), () => work(drizzle(this.#client)))
  }

  async #inTransaction<Result>(begin: string, work: () => Promise<Result>): Promise<Result> {
    await this.#client.query(begin)
    try {
      const result = await work()
      await this.#client.query('COMMIT')
      return result
    }
    catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }

  async company(slug: string): Promise<string | undefined> {
    return this.#inTransaction(beginAs({ door: 'account' }, pg.escapeLiteral), async () => {
      const { rows: [found] } = await this.#client.query<{ id: string }>('SELECT id FROM companies WHERE slug = $1 AND deleted_at IS NULL', [slug])
      return found?.id
    })
  }
}

/** The key of a company. Throws AdminError where there is none. */
export async function findCompany(connection: ImportConnection, slug: string): Promise<string> {
  const id = await connection.company(slug)
  if (!id) throw new AdminError(`There is no company "${slug}".`)
  return id
}

/** What ended an import, in lines for a person; with what was made until then. */
export function importSentence(error: unknown, told: (report: ImportReport) => string[]): string[] {
  if (error instanceof ImportBroken) return [...told(error.report), `Then it broke off: ${reason(error.cause)} Run it again: what is there is found.`]
  return [reason(error)]
}

function reason(error: unknown): string {
  if (error instanceof TreeFileError) return `${error.message} Nothing was imported.`
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (['ENOENT', 'EISDIR', 'EACCES'].includes(code) && error instanceof Error && 'path' in error) return `There is no file ${String(error.path)} that can be read.`
  return operatorSentence(error)
}
