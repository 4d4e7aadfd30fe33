import { useNuxtApp, useToast, watch } from '#imports'

/** Offers a newer version of the app as soon as there is one; it is never put over what a person is typing. */
export function useAppUpdate(): void {
  const { $shell: shell } = useNuxtApp()
  const toast = useToast()
  watch(shell.newer, (newer) => {
    if (!newer) return
    toast.add({
      id: 'app-update',
      title: 'A new version is ready',
      description: 'This page goes on as it is until you reload it. What is typed and not saved would be lost then.',
      icon: 'i-lucide-sparkles',
      duration: Number.POSITIVE_INFINITY,
      progress: false,
      actions: [{ label: 'Reload now', color: 'primary', onClick: shell.update }],
    })
  }, { immediate: true })
}
