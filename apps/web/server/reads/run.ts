import { READ_LIMIT, type ReadAnswer } from '../../shared/protocol/reads'
import type { SchemaObject } from '../../shared/reads/read'
import { withTenantClient } from '../db/door'
import { isDate, localTypes } from '../db/values'
import type { AskedRead } from './request'
import { onServer } from './views'

const TIMEOUT_MS = 2_000

/**
 * Runs a read under the viewer's rights, in a transaction that can only read. Out: at most READ_LIMIT rows, in the order
 * of the read. PostgreSQL ends it after 2 s, which is answered `too_slow`.
 */
export async function runRead(userId: string, { read, values }: AskedRead): Promise<ReadAnswer> {
  return await withTenantClient({ userId }, async (client) => {
    await client.query(`SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${TIMEOUT_MS}`)
    // PostgreSQL keeps the order of what is inside; a read may have a limit of its own there.
    const { rows, fields } = await client.query<SchemaObject>({ text: `SELECT * FROM (${onServer(read.sql)}) AS read LIMIT ${READ_LIMIT + 1}`, values, types: localTypes })
    return {
      rows: rows.slice(0, READ_LIMIT),
      truncated: rows.length > READ_LIMIT,
      dates: fields.filter(isDate).map(field => field.name),
    }
  })
}
