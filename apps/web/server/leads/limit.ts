import { Turns } from '../db/turns'
import { Limiter, ProcessLimiter } from '../session/limiter'

/** A fair behind one address sends what it has saved up all day. */
const byAddress = new Limiter('leads-address', 20_000, 300)
/** Whatever comes for one company, from wherever. */
const byCompany = new Limiter('leads-company', 60_000, 300)
/** What a form says of itself is asked once a visit. */
const facts = new ProcessLimiter(600, 60)

/** Counts leads from an address before any of them is looked at. Throws `too_many_requests`, which the device waits out. */
export const countFrom = (address: string, leads: number) => byAddress.count(address, leads)
/** Counts leads for a company, by its key: it has several names. */
export const countFor = (company: string, leads: number) => byCompany.count(company, leads)
export const countFacts = (address: string) => facts.count(address)

// Of the twelve connections of a process, at most two take in leads, and one those of one address: nobody's sign-in waits for a stranger.
const turns = new Turns(2, 1)

/** Takes in leads of an address when it is its turn. Rejects with what the work rejects with. */
export const inTurn = <Result>(address: string, work: () => Promise<Result>): Promise<Result> => turns.run(address, work)
