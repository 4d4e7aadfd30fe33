import type pg from 'pg'

/** A lead as it stood in the form when somebody pressed Send. No other lead has its name. */
export interface Entered {
  readonly name: string
  readonly email: string
  readonly phone: string | null
  readonly message: string
}

/** What was said of leads at the tablet, and what became of them at the server without it. */
export class Promises {
  /** By their names: the last content that was sent off, and whether the form said that it is saved. */
  readonly #entered = new Map<string, { lead: Entered, isPromised: boolean }>()
  /** The names of those that members deleted. */
  readonly #deleted = new Set<string>()
  #wasClosed = false

  /** Somebody pressed Send. */
  enter(lead: Entered): void {
    this.#entered.set(lead.name, { lead, isPromised: this.#entered.get(lead.name)?.isPromised ?? false })
  }

  promise({ name }: Entered): void {
    const entered = this.#entered.get(name)
    if (entered) entered.isPromised = true
  }

  deleted(name: string): void {
    this.#deleted.add(name)
  }

  /** What came then is the operator's. */
  closed(): void {
    this.#wasClosed = true
  }

  /** For the report of a failure. */
  get told(): string {
    return [...this.#entered.values()].map(({ lead, isPromised }) => `${isPromised ? 'promised' : 'not promised'}: ${JSON.stringify(lead)}`).join('\n')
  }

  /** @throws where PostgreSQL has not each lead that was promised once, as it was, or one that nobody entered */
  async holdIn(sql: pg.Pool, company: string): Promise<void> {
    const { rows } = await sql.query<Entered & { company_id: string }>('select company_id, name, email, phone, message from leads where name like \'Visitor %\' and (company_id = $1 or name = any($2))', [company, [...this.#entered.keys()]])
    const aside = new Set((await sql.query<{ name: string }>('select content ->> \'name\' as name from auth.lead_quarantine where company_id = $1', [company])).rows.map(({ name }) => name))
    const wrong = rows.filter(({ name }) => !this.#entered.has(name)).map(({ name }) => `${name}: nobody entered it`)
    for (const { lead, isPromised } of this.#entered.values()) {
      const there = rows.filter(({ name }) => name === lead.name)
      const [first] = there
      const isGone = this.#deleted.has(lead.name)
      if (there.length > 1) wrong.push(`${lead.name}: it is there ${there.length} times`)
      if (isGone && (first || aside.has(lead.name))) wrong.push(`${lead.name}: it came back after a member had deleted it`)
      if (isPromised && !isGone && !first && !(this.#wasClosed && aside.has(lead.name))) wrong.push(`${lead.name}: it was promised, and it is ${aside.has(lead.name) ? 'with the operator' : 'not there'}`)
      if (aside.has(lead.name) && !this.#wasClosed) wrong.push(`${lead.name}: it is with the operator, though its form was open`)
      if (first && !(first.company_id === company && first.email === lead.email && first.phone === lead.phone && first.message === lead.message)) wrong.push(`${lead.name}: ${JSON.stringify(lead)} was entered, ${JSON.stringify(first)} is there`)
    }
    if (wrong.length > 0) throw new Error(`the leads of the tablet are not right\n  ${wrong.join('\n  ')}`)
  }
}
