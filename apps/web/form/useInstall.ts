import { useEventListener } from '@vueuse/core'
import { readonly, shallowRef, type Ref } from 'vue'
import { manifestPath } from '#shared/leads/form'

/** As Chromium has it; other browsers offer it in their menus alone. */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

/** Names what this form is when it is installed: a program that opens at this company's form. */
function nameManifest(company: string): void {
  if (document.querySelector('link[rel="manifest"]')) return
  document.head.append(Object.assign(document.createElement('link'), { rel: 'manifest', href: manifestPath(company) }))
}

/** Whether the browser lets a page offer that it be installed, by which a browser keeps what it holds; and to offer it. */
export function useInstall(company: string): { canInstall: Readonly<Ref<boolean>>, install: () => Promise<void> } {
  const offer = shallowRef<InstallEvent>()
  const canInstall = shallowRef(false)
  useEventListener(window, 'beforeinstallprompt', (event) => {
    event.preventDefault()
    offer.value = event as InstallEvent
    canInstall.value = true
  })
  nameManifest(company)
  return {
    canInstall: readonly(canInstall),
    async install() {
      // It can be asked once.
      canInstall.value = false
      await offer.value?.prompt()
    },
  }
}
