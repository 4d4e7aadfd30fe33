import { readonly, shallowReadonly, shallowRef, toValue, type MaybeRefOrGetter, type Ref } from 'vue'
import type { LeadQuestion } from '#shared/reads/lead-search'
import type { LeadFilter } from '#shared/reads/leads'
import type { ActFailure } from '../utils/act-failure'
import { download } from '../utils/download'
import { exportLeads } from '../utils/export-leads'
import { usePGLite } from './usePGLite'

export interface LeadsExport {
  /** Leads read so far; undefined while nothing is exported. */
  readonly reading: Readonly<Ref<number | undefined>>
  readonly failure: Readonly<Ref<ActFailure | undefined>>
  /** Writes a file and gives it to the person. Out: its name, or undefined where it failed. */
  readonly save: () => Promise<string | undefined>
}

/** The leads of the local copy that a filter lets through, as a file of CSV; works offline. @param question what is sought, where search has it */
export function useLeadsExport(companyId: MaybeRefOrGetter<string | undefined>, filter: MaybeRefOrGetter<LeadFilter>, question: MaybeRefOrGetter<LeadQuestion | undefined>): LeadsExport {
  const pglite = usePGLite()
  const reading = shallowRef<number>()
  const failure = shallowRef<ActFailure>()

  async function save() {
    const company = toValue(companyId)
    if (company === undefined || reading.value !== undefined) return undefined
    reading.value = 0
    failure.value = undefined
    try {
      const file = await exportLeads(pglite, company, toValue(filter), toValue(question), (leads) => { reading.value = leads })
      download(file)
      return file.name
    }
    catch {
      failure.value = { message: 'The leads could not be exported.', next: 'Try again; if it stays, reload the page.', fields: {} }
      return undefined
    }
    finally {
      reading.value = undefined
    }
  }

  return { reading: readonly(reading), failure: shallowReadonly(failure), save }
}
