import { useEventListener, useIdle, useIntervalFn } from '@vueuse/core'
import { readonly, shallowRef, watch, type Ref } from 'vue'

const LOOK_EVERY_MS = 5_000

/**
 * Whether nobody has touched the page for so long. A device that slept counts as left, though its timers slept too: whoever
 * wakes it is somebody else, and their first touch says how long ago the last one was. A clock that is set on by so much looks the
 * same: then what is typed is lost rather than shown to a stranger.
 */
export function useLeft(afterMs: number): Readonly<Ref<boolean>> {
  const { idle, lastActive } = useIdle(afterMs, { listenForVisibilityChange: false })
  const isLeft = shallowRef(false)
  const look = () => { isLeft.value = idle.value || Date.now() - lastActive.value >= afterMs }
  watch(lastActive, (now, before) => { if (now - before >= afterMs) isLeft.value = true }, { flush: 'sync' })
  watch(idle, look)
  useEventListener(document, 'visibilitychange', look)
  useIntervalFn(look, LOOK_EVERY_MS)
  return readonly(isLeft)
}
