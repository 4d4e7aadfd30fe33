import { AsyncLocalStorage } from 'node:async_hooks'

// Apart from where ids are chosen: the log knows it, and whoever logs knows no request.
const current = new AsyncLocalStorage<string>()

/** Does what belongs to a request; what is logged meanwhile carries its id. */
export const inRequest = <Result>(id: string, work: () => Result): Result => current.run(id, work)

/** The request that this runs for; undefined where the server does something by itself. */
export const requestId = (): string | undefined => current.getStore()
