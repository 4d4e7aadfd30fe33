import { beforeEach, describe, expect, test } from 'vitest'
import { notePersonEvent, noteSignedIn, OWED_KEY, owedSignOuts, type PersonEvent } from '~/utils/owed-sign-outs'
import { id } from './support/local-database'

const mara = { id: id(1), name: 'Mara', email: 'mara@example.org' }
const nils = { id: id(2), name: 'Nils', email: 'nils@example.org' }

type Owed = { session: boolean, database?: string } | undefined
const nothing: Owed = undefined
const session: Owed = { session: true }
const database: Owed = { session: false, database: 'here' }
const both: Owed = { session: true, database: 'here' }

const EVENTS: Record<PersonEvent['kind'], PersonEvent> = {
  signed_out: { kind: 'signed_out', database: 'here' },
  left_behind: { kind: 'left_behind', database: 'here' },
  session_over: { kind: 'session_over' },
  database_deleted: { kind: 'database_deleted' },
  signed_in: { kind: 'signed_in' },
}

const TABLE: [string, Owed, Record<PersonEvent['kind'], Owed>][] = [
  ['nothing', nothing, { signed_out: both, left_behind: database, session_over: nothing, database_deleted: nothing, signed_in: nothing }],
  ['the session', session, { signed_out: both, left_behind: both, session_over: nothing, database_deleted: session, signed_in: nothing }],
  ['the database', database, { signed_out: both, left_behind: database, session_over: database, database_deleted: nothing, signed_in: nothing }],
  ['both', both, { signed_out: both, left_behind: both, session_over: database, database_deleted: session, signed_in: nothing }],
]

const write = (...entries: unknown[]) => localStorage.setItem(OWED_KEY, JSON.stringify(entries))

beforeEach(() => localStorage.clear())

describe('what a leaving still owes', () => {
  for (const [name, before, row] of TABLE) {
    test.each(Object.entries(row))(`${name}, after %s`, (kind, owed) => {
      const others = { person: nils, session: true, database: 'here' }
      write(others, ...before ? [{ person: mara, ...before }] : [])
      notePersonEvent(mara, EVENTS[kind as PersonEvent['kind']])
      expect(owedSignOuts()).toEqual([others, ...owed ? [{ person: mara, ...owed }] : []])
    })
  }

  test('a sign-in takes over the session of all others, keeps what they owe else, and forgives the person', () => {
    write({ person: mara, ...both }, { person: nils, ...both })
    noteSignedIn(mara)
    expect(owedSignOuts()).toEqual([{ person: nils, ...database }])
  })

  test('a database that was owed once is not forgotten by an event that knows of none', () => {
    write({ person: mara, ...both })
    notePersonEvent(mara, { kind: 'signed_out', database: undefined })
    expect(owedSignOuts()).toEqual([{ person: mara, ...both }])
  })

  test('entries that make no sense cost none of the others', () => {
    write(7, { person: { ...mara, id: '../x' }, session: true }, { person: mara, session: false, database: '../../x' }, { person: nils, ...both })
    expect(owedSignOuts()).toEqual([{ person: nils, ...both }])
    localStorage.setItem(OWED_KEY, '{"person":')
    expect(owedSignOuts()).toEqual([])
  })
})
