import type { Page } from 'playwright-core'

/** How far the page can be scrolled to the side; 0 where everything fits. */
export const sideways = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/**
 * A text for the page, see `shifts`. Of everything that a keyboard reaches, in what is open or in the whole page: whether
 * it, or what it stands in, looks another when it has the focus. Colours fade in; here they are there at once.
 */
const UNSEEN_FOCUS = `(known) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('*, *::before, *::after { transition: none !important }')
  document.adoptedStyleSheets.push(sheet)
  const look = (element) => [element, element.parentElement, element.parentElement?.parentElement].map((each) => {
    if (!each) return ''
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(each)
    return [outlineStyle === 'none' || outlineWidth === '0px' ? '' : outlineStyle + outlineWidth + outlineColor, boxShadow, borderColor].join()
  }).join('|')
  const before = document.activeElement
  before?.blur?.()
  const root = [...document.querySelectorAll('[role="dialog"]')].at(-1) ?? document
  const seen = new Set(known)
  const unseen = []
  for (const element of root.querySelectorAll('a[href], button, input, textarea, select, [tabindex="0"]')) {
    const kind = element.tagName + ' ' + element.className
    if (seen.has(kind) || element.disabled || element.tabIndex < 0 || element.closest('[aria-hidden="true"], [inert]')) continue
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    const without = look(element)
    element.focus({ preventScroll: true })
    if (document.activeElement !== element) continue
    seen.add(kind)
    const withFocus = look(element)
    element.blur()
    // Asked before and after: what had the focus to begin with may not have let it go at once.
    if (withFocus === without && withFocus === look(element)) unseen.push(element.outerHTML.slice(0, 200))
  }
  before?.focus?.({ preventScroll: true })
  document.adoptedStyleSheets.pop()
  return { unseen, seen: [...seen] }
}`

/**
 * What has the focus of a keyboard and does not show it.
 * @param known kinds of elements that were looked at already, in these colours; what is looked at now is added
 */
export async function unseenFocus(page: Page, known: Set<string>): Promise<string[]> {
  // From a key on, the browser shows where the focus is.
  await page.keyboard.press('Tab')
  const { unseen, seen } = await page.evaluate(`(${UNSEEN_FOCUS})(${JSON.stringify([...known])})`) as { unseen: string[], seen: string[] }
  for (const kind of seen) known.add(kind)
  return unseen
}
