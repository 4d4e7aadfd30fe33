import { COLOURS } from '#shared/styles/colours'

/** Nuxt UI shows the focus on these kinds of buttons by a ground that is hardly another. */
const ring = 'focus-visible:ring-2 focus-visible:ring-inset focus-visible:ring-primary'

export default defineAppConfig({
  ui: {
    colors: COLOURS,
    button: { variants: { variant: { ghost: ring, soft: ring } } },
  },
})
