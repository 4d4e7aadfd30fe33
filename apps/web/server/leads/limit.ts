import { Limiter } from '../session/limiter'

/** A fair behind one address sends what it has saved up all day; a request carries a hundred leads. */
const byAddress = new Limiter('leads-address', 300, 60)
/** Whatever comes for one company, from wherever. */
const byCompany = new Limiter('leads-company', 1_200, 60)

/** Counts a request for a company. Throws `too_many_requests`, which the device waits out. */
export async function countLeads(address: string, company: string): Promise<void> {
  await byAddress.count(address)
  await byCompany.count(company)
}
