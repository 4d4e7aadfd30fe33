import { watch } from 'vue'
import { keepTracesOf } from '../utils/company-traces'
import { useCompaniesSync } from './useCompaniesSync'
import { usePGLite } from './usePGLite'

/**
 * Lets go, for as long as the scope lives, of what pages noted of companies that the person does not belong to any more.
 * Not before the list of companies is whole, and not by what the last visit knew: one that is missing there may be a new one.
 */
export function useCompanyTraces(): void {
  const { userId, recalling } = usePGLite()
  const { companies, complete } = useCompaniesSync()
  watch([userId, () => complete.value && !recalling.value, () => companies.value.map(({ id }) => id)], ([user, isWhole, ids]) => {
    if (user && isWhole) keepTracesOf(user, ids)
  }, { immediate: true })
}
