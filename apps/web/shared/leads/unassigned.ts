/** In the place of a person's key: leads that nobody looks after. */
export const UNASSIGNED = 'nobody'
