const KIOSK = 'kiosk'

/**
 * Whether this tab stands where strangers use it one after the other: `?kiosk` in its address, and from then on for as long as the
 * tab is open, whatever its address is by then.
 */
export function useKiosk(): boolean {
  const isAsked = new URLSearchParams(location.search).has(KIOSK)
  try {
    if (isAsked) sessionStorage.setItem(KIOSK, '1')
    return isAsked || sessionStorage.getItem(KIOSK) !== null
  }
  catch {
    // The browser keeps nothing for this site: the address has it, or nobody does.
    return isAsked
  }
}
