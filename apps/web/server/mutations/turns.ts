import { Turns } from '../db/turns'

// Of the twelve connections of a process, of which reads have seven: a tree of some 100,000 folders holds one for seconds, and
// nobody's trees may hold all.
const turns = new Turns(3, 2)

/** Runs a mutation of a person when it is its turn. Rejects with what it rejects with. */
export const inTurn = <Result>(userId: string, mutation: () => Promise<Result>): Promise<Result> => turns.run(userId, mutation)
