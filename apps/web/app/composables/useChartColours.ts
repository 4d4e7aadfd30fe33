import { useCssVar } from '@vueuse/core'
import type { Ref } from 'vue'

export interface ChartColours { readonly bar: Ref<string>, readonly faint: Ref<string>, readonly text: Ref<string>, readonly line: Ref<string> }

/** The app's colours for what is drawn on a canvas, which knows no CSS; they follow the theme. */
export function useChartColours(): ChartColours {
  const root = document.documentElement
  const colour = (name: string) => useCssVar(name, root, { observe: true, initialValue: '' }) as Ref<string>
  return { bar: colour('--ui-primary'), faint: colour('--ui-border-accented'), text: colour('--ui-text-muted'), line: colour('--ui-border') }
}
