import { expect, test } from 'vitest'
import { withoutData } from '../../server/db/without-data'

test('neither a statement\'s parameters nor a row\'s values are in what is logged of an error', () => {
  const refused = Object.assign(new Error('duplicate key: anna@example.com'), { code: '23505', detail: 'Key (email)=(anna@example.com) already exists.' })
  const wrapped = Object.assign(new Error('Failed query: select 1\nparams: anna@example.com', { cause: refused }), { query: 'select 1', params: ['anna@example.com'] })
  for (const error of [refused, wrapped]) {
    const logged = withoutData(error)
    expect(JSON.stringify(logged)).not.toContain('anna@')
    expect(logged).toMatchObject({ code: '23505', at: expect.stringContaining('without-data.test') })
  }
})

test('an accident of another kind keeps its message and its place', () => {
  expect(withoutData(new TypeError('x is not a function'))).toMatchObject({ type: 'TypeError', message: 'x is not a function' })
})
