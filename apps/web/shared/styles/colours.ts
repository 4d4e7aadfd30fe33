/** Nuxt UI's names for the colours of every page of ours. */
export const COLOURS = { primary: 'blue', neutral: 'slate' } as const
