import { Turns } from '../db/turns'

// Of the twelve connections of a process, at most seven serve reads: sync and sign-in must never wait for a slow list. One
// session has five at most: what a page asks first it asks at once.
const turns = new Turns(7, 5)

/** Runs the work of a session when it is its turn. Rejects with what the work rejects with. */
export const inTurn = <Result>(session: string, work: () => Promise<Result>): Promise<Result> => turns.run(session, work)
