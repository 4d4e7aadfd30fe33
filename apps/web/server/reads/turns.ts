import { Turns } from '../db/turns'

// Of the ten connections of a process, at most six serve reads: sync and sign-in must never wait for a slow list. One
// session has half of them at most.
const turns = new Turns(6, 3)

/** Runs the work of a session when it is its turn. Rejects with what the work rejects with. */
export const inTurn = <Result>(session: string, work: () => Promise<Result>): Promise<Result> => turns.run(session, work)
