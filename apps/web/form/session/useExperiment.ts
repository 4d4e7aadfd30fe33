import { onScopeDispose, shallowReadonly, shallowRef, type Ref } from 'vue'
import type { Variants } from './experiments'
import { tabSession } from './tab'

/**
 * The variant of an experiment that this visitor sees: known at once, so before anything is painted, and the same as long as the
 * session is; the next visitor's is drawn anew. It travels with the lead.
 * @param name letters, digits, `_` and `-`, 40 at most; the variants' names too
 * @param variants names that are as likely, or each with its weight
 */
export function useExperiment(name: string, variants: Variants, session = tabSession): Readonly<Ref<string>> {
  const variant = shallowRef(session.variantOf(name, variants))
  onScopeDispose(session.onRenewed(() => { variant.value = session.variantOf(name, variants) }))
  return shallowReadonly(variant)
}
