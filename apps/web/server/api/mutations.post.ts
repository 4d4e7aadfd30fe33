import { mutationsRequest, type MutationsAnswer } from '../../shared/protocol/mutations'
import { readJson } from '../http/body'
import { countMutations } from '../mutations/limit'
import { runMutations } from '../mutations/run'
import { requireDatabaseUser } from '../session/viewer'

/** Every edit of an entity, by its name. */
export default defineEventHandler(async (event): Promise<MutationsAnswer> => {
  const { id } = await requireDatabaseUser(event)
  const { mutations } = await readJson(event, mutationsRequest)
  await countMutations(id, mutations.length)
  return { results: await runMutations(id, mutations) }
})
