import { slug } from '../../../shared/account/fields'
import { requireActor } from '../../account/actor'
import { isSlugFree } from '../../account/companies'

export default defineEventHandler(async (event) => {
  await requireActor(event)
  const { data } = slug.safeParse(getQuery(event).slug)
  return { free: data !== undefined && await isSlugFree(data) }
})
