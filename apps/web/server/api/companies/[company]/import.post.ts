import { MANAGERS } from '../../../../shared/catalogue/roles'
import { importName, IMPORT_TYPES } from '../../../../shared/trees/media'
import { companyOf, requireActor } from '../../../account/actor'
import { withTenant, type Transaction } from '../../../db/door'
import { environment } from '../../../environment'
import { mediaType } from '../../../http/media-type'
import { Refusal } from '../../../http/refusal'
import { authorise } from '../../../mutations/authorise'
import { answerImport } from '../../../trees/answer'
import { auditImport } from '../../../trees/audit'
import { importTree } from '../../../trees/import'
import { spoolBody } from '../../../trees/spool'
import { takeImportTurn } from '../../../trees/turn'

/** A file of folder trees into the company: for its owners and admins, answered in JSON lines as it goes. */
export default defineEventHandler(async (event) => {
  const actor = await requireActor(event)
  const company = companyOf(event)
  const transact = <Result>(work: (tx: Transaction) => Promise<Result>) => withTenant({ userId: actor.id }, work)
  const allowed = (tx: Transaction) => authorise(tx, { company, userId: actor.id, may: MANAGERS, serial: false })
  // Before a byte of the file is taken; and again with every batch of folders.
  await transact(allowed)
  const type = IMPORT_TYPES.find(one => one === mediaType(event))
  if (!type) throw new Refusal('unsupported_media_type')
  const name = importName(getQuery(event).file, type)
  const leave = takeImportTurn(company)
  try {
    const body = await spoolBody(event, environment().IMPORT_LIMIT_MB * 1024 * 1024)
    try {
      await answerImport(event, before(leave, importTree({
        company, transact, authorise: allowed, open: () => ({ chunks: body.open(), name }), audit: auditImport(company, actor, name),
      })))
    }
    finally {
      await body.remove()
    }
  }
  finally {
    leave()
  }
})

/** Whoever reads that it has ended may begin the next one at once: its place is free before that is said. */
async function* before<Step, End>(leave: () => void, running: AsyncGenerator<Step, End>): AsyncGenerator<Step, End> {
  try {
    return yield* running
  }
  finally {
    leave()
  }
}
