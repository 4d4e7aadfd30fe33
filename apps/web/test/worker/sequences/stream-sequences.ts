import { expect } from 'vitest'
import { row } from './bench'
import { deferred, insert, remove, update, type Sequence } from './sequence'

/** Interruptions, repetitions and order. */
export const streamSequences: Sequence[] = [
  {
    name: 'a 401 stops the stream for good',
    async run(bench) {
      const server = bench.server([row('a')])
      let signedOut = true
      server.intercept = () => signedOut ? Response.json({ code: 'sign_in' }, { status: 401 }) : undefined
      await bench.sync(server)
      await bench.until(() => server.requests.length > 0, () => 'a request')
      await new Promise(resolve => setTimeout(resolve, 50))
      signedOut = false
      await bench.untilIds('a')
    },
  },
  {
    name: 'a move-in without LSN is dropped',
    async run(bench) {
      const server = bench.server([row('a')])
      await bench.sync(server)
      await bench.untilIds('a')
      server.shape.commit(insert(row('b')))
      await bench.untilIds('a b')
      server.shape.commit({ ...insert(row('c')), lsn: null })
      await bench.untilIds('a b c')
    },
  },
  {
    name: 'a move-out is ignored and its rows stay',
    async run(bench) {
      const server = bench.server([row('a'), row('b')])
      await bench.sync(server)
      await bench.untilIds('a b')
      server.shape.event('move-out')
      await bench.until(() => bench.errors.length > 0, () => 'an error to be told of')
      server.shape.rotate('h2', [[row('a')]])
      await bench.untilIds('a')
    },
  },
  {
    name: 'nothing of a first sync is visible before its last page',
    async run(bench) {
      const server = bench.server([row('a')], [row('b')], [row('c')])
      const gate = deferred()
      server.intercept = async (asked) => {
        if (asked.get('offset') === '0_1') await gate.opened
        return undefined
      }
      await bench.sync(server)
      await bench.untilIds('a b')
      gate.open()
      await bench.untilIds('a b c')
    },
  },
  {
    name: 'a first sync that was interrupted begins again from its first page',
    async run(bench) {
      const server = bench.server([row('a')], [row('b')], [row('c')])
      let cut = true
      server.intercept = async (asked) => {
        if (cut && asked.get('offset') === '0_1') await new Promise(() => {})
        return undefined
      }
      const subscription = await bench.sync(server, { onMustRefetch: async () => {} })
      await bench.until(() => server.requests.some(asked => asked.get('offset') === '0_1'), () => 'the third page to be asked for')
      await new Promise(resolve => setTimeout(resolve, 100))
      subscription.unsubscribe()
      cut = false
      await bench.sync(server, { onMustRefetch: async () => {} })
      await bench.untilIds('a b c')
      expect(server.starts).toBe(1)
    },
  },
  {
    name: 'the two spellings of a boolean give different rows',
    async run(bench) {
      const server = bench.server([row('a', { flag: 'true' }), row('b', { flag: 'false' })])
      await bench.sync(server)
      await bench.untilIds('a b')
      server.shape.commit(insert(row('c', { flag: 't' })), insert(row('d', { flag: 'f' })), { operation: 'update', value: { id: 'b', flag: 't' } })
      await bench.untilIds('a b c d')
      expect((await bench.rows('flag')).map(({ flag }) => flag)).toEqual([true, true, true, false])
    },
  },
  {
    name: 'a value loses digits on its way through JavaScript',
    async run(bench) {
      const exact = { big: '9223372036854775807', data: '{"n": 1.234567890123456789012345, "big": 12345678901234567890}', at: '2026-01-02 03:04:05.678901+00' }
      const server = bench.server([row('a', exact)])
      await bench.sync(server)
      await bench.untilIds('a')
      server.shape.commit(insert(row('b', exact)))
      await bench.untilIds('a b')
      for (const found of await bench.rows('big::text, data::text, to_char(at at time zone \'UTC\', \'YYYY-MM-DD HH24:MI:SS.US+00\') AS at')) expect(found).toEqual(exact)
    },
  },
  {
    name: 'a page that comes twice stops the sync',
    async run(bench) {
      const server = bench.server([{ id: 'a', name: 'a' }, { id: 'b', name: 'b' }], [{ id: 'c', name: 'c' }])
      server.intercept = (asked) => {
        // The second page repeats a row of the first: COPY refuses it.
        if (asked.get('offset') !== '0_0') return undefined
        return Response.json([{ id: 'b', name: 'again' }, { id: 'c', name: 'c' }].map(value => ({ key: `"public"."t"/"${value.id}"`, value, headers: { operation: 'insert' } })), {
          headers: { 'electric-handle': server.shape.handle, 'electric-offset': '0_inf', 'electric-schema': '{}' },
        })
      }
      await bench.sync(server, { initialInsertMethod: 'csv' })
      await bench.untilIds('a b c')
      expect((await bench.rows())[1]).toEqual({ id: 'b', name: 'again' })
    },
  },
  {
    name: 'an insert that comes twice stops the sync',
    async run(bench) {
      const server = bench.server([row('a')])
      await bench.sync(server)
      await bench.untilIds('a')
      server.shape.commit(insert(row('b')))
      await bench.untilIds('a b')
      server.shape.commit(insert(row('b', { name: 'again' })), insert(row('c')))
      await bench.untilIds('a b c')
      expect((await bench.rows())[1]).toEqual({ id: 'b', name: 'again' })
    },
  },
  {
    name: 'an update whose row is missing changes nothing and is forgotten',
    async run(bench) {
      const server = bench.server([row('a'), row('b')])
      await bench.sync(server)
      await bench.untilIds('a b')
      await bench.pg.exec(`DELETE FROM ${bench.table} WHERE id = 'b'`)
      server.shape.commit(update('b', 'changed'))
      await bench.until(async () => (await bench.rows()).some(({ name }) => name === 'changed'), () => 'the row to be fetched anew')
      await bench.untilIds('a b')
    },
  },
  {
    name: 'a 409 within a first sync loses what came after it',
    async run(bench) {
      const server = bench.server([row('a')], [row('b')], [row('c')])
      let cut = false
      server.intercept = (asked) => {
        if (asked.get('offset') === '0_1' && !cut) {
          cut = true
          server.shape.rotate('h2', [[row('a')], [row('d')]])
        }
        return undefined
      }
      await bench.sync(server)
      await bench.untilIds('a d')
      server.shape.commit(insert(row('e')))
      await bench.untilIds('a d e')
    },
  },
  {
    name: 'a second 409 within a refetch mixes two snapshots',
    async run(bench) {
      const server = bench.server([row('a')], [row('b')])
      await bench.sync(server)
      await bench.untilIds('a b')
      let cut = false
      server.intercept = (asked) => {
        if (asked.get('offset') === '0_0' && asked.get('handle') === 'h2' && !cut) {
          cut = true
          server.shape.rotate('h3', [[row('a')], [row('z')]])
        }
        return undefined
      }
      server.shape.rotate('h2', [[row('x')], [row('y')]])
      await bench.untilIds('a z')
    },
  },
  {
    name: 'rows and key change in one transaction end in another order',
    async run(bench) {
      const server = bench.server([row('a'), row('b')])
      await bench.sync(server)
      await bench.untilIds('a b')
      server.shape.commit(insert(row('c')), remove('c'), insert(row('c', { name: 'last' })), remove('a'), insert(row('a2')), update('b', 'one'), update('b', 'two'))
      await bench.untilIds('a2 b c')
      expect((await bench.rows()).map(({ name }) => name)).toEqual(['name of a2', 'two', 'last'])
    },
  },
]
