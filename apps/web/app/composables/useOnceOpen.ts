import { shallowReadonly, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

/**
 * Whether something was open at least once. A dialog that is in the page from then on is loaded when it is first asked
 * for, opens as soon as it is here and stays to close calmly.
 */
export function useOnceOpen(open: MaybeRefOrGetter<boolean>): Readonly<Ref<boolean>> {
  const once = shallowRef(false)
  watch(() => toValue(open), (now) => { if (now) once.value = true }, { immediate: true, flush: 'sync' })
  return shallowReadonly(once)
}
