import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'

/** Longer than a local read, shorter than a person takes for a wait. */
const HOLD_MS = 250

/**
 * What a page shows while it goes to its next place: the old until the new is here as a whole, and nothing (a skeleton)
 * only where that takes longer than a moment. Several reads make one place; painted one by one they would make it jump.
 *
 * @param whole the place as a whole, undefined while a part of it is missing
 * @param key which place is asked for
 */
export function useHeldPlace<Place>(whole: () => Place | undefined, key: () => string | undefined): Readonly<Ref<Place | undefined>> {
  const held = shallowRef<Place>()
  let timer: ReturnType<typeof setTimeout> | undefined
  watch([whole, key], ([now]) => {
    clearTimeout(timer)
    if (now !== undefined) held.value = now
    else timer = setTimeout(() => { held.value = undefined }, HOLD_MS)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return held
}
