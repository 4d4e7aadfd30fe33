import { getCurrentScope, onScopeDispose, toValue, watch, type MaybeRefOrGetter } from 'vue'

/** What a dialog's `content` takes to hand the focus back. */
export interface FocusReturn { onCloseAutoFocus: () => void }

/**
 * Gives the focus back to what opened a dialog when it has closed (WCAG 2.4.3): opened by a model and not by a trigger of
 * its own, Nuxt UI's dialogs leave it at the top of the page. Where what opened it is gone, the page's contents take it.
 * Focus that somebody has moved elsewhere by then is left there.
 */
export function useFocusReturn(open: MaybeRefOrGetter<boolean>): FocusReturn {
  let opener: Element | null = null
  // Before the dialog is drawn: from then on the focus is in it.
  const stop = watch(() => toValue(open), (now) => { if (now) opener = document.activeElement }, { immediate: true, flush: 'sync' })
  if (getCurrentScope()) onScopeDispose(stop)

  return {
    onCloseAutoFocus() {
      const active = document.activeElement
      if (active && active !== document.body && !active.closest('[role="dialog"]')) return
      const target = opener instanceof HTMLElement && opener !== document.body && opener.isConnected ? opener : document.getElementById('content')
      target?.focus({ preventScroll: true })
    },
  }
}
