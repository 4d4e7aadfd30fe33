import type { Bench, row } from './bench'

/** A sequence of messages and mishaps, named for the loss that it guards against. It throws where something was lost. */
export interface Sequence {
  name: string
  run: (bench: Bench) => Promise<void>
}

export const insert = (value: ReturnType<typeof row>) => ({ operation: 'insert' as const, value })
export const update = (id: string, name: string) => ({ operation: 'update' as const, value: { id, name } })
export const remove = (id: string) => ({ operation: 'delete' as const, value: { id } })
export const deferred = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  return { open, opened }
}
