import { useMutationObserver } from '@vueuse/core'
import { shallowReadonly, shallowRef, type Ref } from 'vue'

export interface ChartColours { readonly bar: string, readonly faint: string, readonly text: string, readonly line: string }

/** The app's colours for what is drawn on a canvas, which knows no CSS; they follow the theme. */
export function useChartColours(): Readonly<Ref<ChartColours>> {
  const root = document.documentElement
  function read(): ChartColours {
    const style = getComputedStyle(root)
    const colour = (name: string) => style.getPropertyValue(name).trim()
    return { bar: colour('--ui-primary'), faint: colour('--ui-border-accented'), text: colour('--ui-text-muted'), line: colour('--ui-border') }
  }
  const colours = shallowRef(read())
  // The theme is a class of the root.
  useMutationObserver(root, () => { colours.value = read() }, { attributes: true, attributeFilter: ['class'] })
  return shallowReadonly(colours)
}
