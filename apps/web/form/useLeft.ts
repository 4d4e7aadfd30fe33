import { useEventListener, useIdle, useIntervalFn } from '@vueuse/core'
import { readonly, shallowRef, type Ref } from 'vue'

const LOOK_EVERY_MS = 5_000

/**
 * Whether nobody has touched the page for so long. A device that slept counts as left, though its timers slept too: whoever
 * wakes it is somebody else.
 */
export function useLeft(afterMs: number): Readonly<Ref<boolean>> {
  const { lastActive } = useIdle(afterMs, { listenForVisibilityChange: false })
  const isLeft = shallowRef(false)
  const look = () => { isLeft.value = Date.now() - lastActive.value >= afterMs }
  useEventListener(document, 'visibilitychange', look)
  useIntervalFn(look, LOOK_EVERY_MS)
  return readonly(isLeft)
}
