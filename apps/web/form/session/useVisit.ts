import { useEventListener } from '@vueuse/core'
import { onScopeDispose, watch, type Ref } from 'vue'
import { tabSession } from './tab'

/**
 * Tells the session what a visitor does at the page: it is shown, and shown again by who comes back to it. Who has left for as
 * long as `idle` says has ended their session.
 */
export function useVisit(idle: Readonly<Ref<boolean>>, session = tabSession): void {
  const view = () => {
    if (document.visibilityState === 'visible') session.recordPageView(location.pathname)
  }
  view()
  useEventListener(document, 'visibilitychange', view)
  onScopeDispose(session.onRenewed(view))
  watch(idle, (isIdle) => { if (isIdle) session.renew() })
}
