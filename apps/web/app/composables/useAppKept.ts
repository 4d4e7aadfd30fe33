import { toValue, useNuxtApp, watch, type MaybeRefOrGetter } from '#imports'

/** Keeps the app on this device once `settled` says that nothing else is on its way. */
export function useAppKept(settled: MaybeRefOrGetter<boolean>): void {
  const { $shell: shell } = useNuxtApp()
  const stop = watch(() => toValue(settled), (now) => {
    if (!now) return
    queueMicrotask(() => stop())
    shell.keep()
  }, { immediate: true })
}
