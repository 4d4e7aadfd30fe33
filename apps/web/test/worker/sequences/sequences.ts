import { expect } from 'vitest'
import { row, type Bench } from './bench'

/** A sequence of messages and mishaps, named for the loss that it guards against. It throws where something was lost. */
export interface Sequence {
  name: string
  run: (bench: Bench) => Promise<void>
}

const insert = (value: ReturnType<typeof row>) => ({ operation: 'insert' as const, value })
const update = (id: string, name: string) => ({ operation: 'update' as const, value: { id, name } })
const remove = (id: string) => ({ operation: 'delete' as const, value: { id } })
const deferred = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  return { open, opened }
}

/** Makes every write of the row `id` fail until it is called again. */
async function refuse(bench: Bench, id: string) {
  await bench.pg.exec(`
    CREATE FUNCTION refuse_${bench.table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = '${id}' THEN RAISE 'the disk is full'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${bench.table} FOR EACH ROW EXECUTE FUNCTION refuse_${bench.table}()`)
  return () => bench.pg.exec(`DROP TRIGGER refuse ON ${bench.table}`)
}

/** What upstream 0.6.1 was seen to lose, and what else a first sync, a log and a refetch must survive. */
export const sequences: Sequence[] = [
  {
    name: 'first sync and each kind of change',
    async run(bench) {
      const server = bench.server([row('a'), row('b')], [row('c')])
      await bench.sync(server)
      await bench.untilIds('a b c')
      server.shape.commit(insert(row('d')), update('a', 'new'), remove('b'))
      await bench.untilIds('a c d')
      expect((await bench.rows())[0]).toEqual({ id: 'a', name: 'new' })
    },
  },
  {
    name: 'a commit that fails is swallowed and a later offset saved',
    async run(bench) {
      const server = bench.server([row('a')])
      await bench.sync(server)
      await bench.untilIds('a')
      const allow = await refuse(bench, 'b')
      server.shape.commit(insert(row('b')))
      if (bench.name === 'ours') await bench.until(() => bench.errors.length > 0, () => 'an error to be told of')
      else await new Promise(resolve => setTimeout(resolve, 300))
      await allow()
      server.shape.commit(insert(row('c')))
      await bench.untilIds('a b c')
    },
  },
  {
    name: 'a failing page of a first sync lets the next page pass',
    async run(bench) {
      const server = bench.server([row('a')], [row('b')], [row('c')])
      const allow = await refuse(bench, 'b')
      await bench.sync(server)
      if (bench.name === 'ours') {
        await bench.until(() => bench.errors.length > 0, () => 'an error to be told of')
        expect(await bench.ids()).toBe('a')
      }
      else await new Promise(resolve => setTimeout(resolve, 300))
      await allow()
      await bench.untilIds('a b c')
    },
  },
  {
    name: 'a 409 empties the table until it is refilled',
    async run(bench) {
      const server = bench.server([row('a')], [row('b')])
      await bench.sync(server)
      await bench.untilIds('a b')
      const gate = deferred()
      const seen: string[] = []
      server.intercept = async (asked) => {
        if (asked.get('handle') !== 'h2' || asked.has('live')) return undefined
        seen.push(await bench.ids())
        if (asked.get('offset') === '0_inf') await gate.opened
        return undefined
      }
      server.shape.rotate('h2', [[row('a', { name: 'second' })], [row('c')]])
      await bench.until(() => server.requests.some(asked => asked.get('handle') === 'h2' && asked.get('offset') === '0_inf'), () => 'the last request of the refetch')
      await new Promise(resolve => setTimeout(resolve, 100))
      seen.push(await bench.ids())
      gate.open()
      await bench.untilIds('a c')
      expect(new Set(seen)).toEqual(new Set(['a b']))
      expect((await bench.rows())[0]).toEqual({ id: 'a', name: 'second' })
    },
  },
  {
    name: 'a 409 on a fresh subscription empties a table that has rows',
    async run(bench) {
      await bench.pg.exec(`INSERT INTO ${bench.table} (id, name) VALUES ('a', 'kept'), ('old', 'gone from the server')`)
      const server = bench.server([row('a')], [row('b')])
      const gate = deferred()
      let cut = false
      server.intercept = async (asked) => {
        if (!cut) {
          cut = true
          return Response.json([{ headers: { control: 'must-refetch' } }], { status: 409, headers: { 'electric-handle': server.shape.handle } })
        }
        if (asked.get('offset') === '0_inf') await gate.opened
        return undefined
      }
      await bench.sync(server)
      await bench.until(() => server.requests.some(asked => asked.get('offset') === '0_inf'), () => 'the last request of the first sync')
      await new Promise(resolve => setTimeout(resolve, 100))
      expect(await bench.ids()).toBe('a old')
      gate.open()
      await bench.untilIds('a b')
    },
  },
  {
    name: 'of overlapping shapes on one table the second batch is lost',
    async run(bench) {
      const first = bench.server([row('a'), row('b')])
      const second = bench.server([row('b'), row('c')])
      const clear = { onMustRefetch: async () => {} }
      await bench.sync(first, { ...clear, shapeKey: `${bench.table}-1` })
      await bench.untilIds('a b')
      await bench.sync(second, { ...clear, shapeKey: `${bench.table}-2` })
      await bench.untilIds('a b c')
    },
  },
  {
    name: 'a new shapeKey on a populated table applies nothing',
    async run(bench) {
      await bench.pg.exec(`INSERT INTO ${bench.table} (id, name) VALUES ('a', 'old'), ('gone', 'old')`)
      const server = bench.server([row('a'), row('b')])
      await bench.sync(server)
      await bench.untilIds('a b')
      expect((await bench.rows())[0]).toEqual({ id: 'a', name: 'name of a' })
    },
  },
  {
    name: 'of several shapes in one call only the first goes in by COPY',
    async run(bench) {
      const other = `${bench.table}_other`
      await bench.pg.exec(`CREATE TABLE ${other} (LIKE ${bench.table} INCLUDING ALL)`)
      const copied = new Set<string>()
      const original = bench.pg.transaction.bind(bench.pg)
      bench.pg.transaction = work => original((tx) => {
        const query = tx.query.bind(tx)
        tx.query = (sql, ...more) => {
          const into = /COPY .*?\b(t\d+(?:_other)?)\b/s.exec(sql)?.[1]
          if (into) copied.add(into)
          return query(sql, ...more)
        }
        return work(tx)
      })
      try {
        const rows = Array.from({ length: 50 }, (_, at) => ({ id: `r${String(at).padStart(2, '0')}`, name: 'a name' }))
        await bench.syncAll({ one: bench.shape(bench.server(rows)), two: bench.shape(bench.server(rows), other) }, 'csv')
        for (const table of [bench.table, other]) await bench.untilIds(rows.map(({ id }) => id).join(' '), table)
        expect(copied).toContain(bench.table)
        expect(copied).toContain(other)
      }
      finally {
        bench.pg.transaction = original
      }
    },
  },
  ...['jsonb', 'an array', 'a carriage return', 'the text \\N'].map((what): Sequence => ({
    name: `COPY spoils ${what}`,
    async run(bench) {
      const values = { 'jsonb': { data: '{"a": "x,\\"y\\"\\n", "b": [1, null]}' }, 'an array': { tags: '{"a,b",NULL,"q\\"uote"}' }, 'a carriage return': { name: 'one\rtwo' }, 'the text \\N': { name: '\\N' } }
      const given = values[what as keyof typeof values]
      // Nothing but the column in question: it alone decides.
      await bench.sync(bench.server(['a', 'b', 'c'].map(id => ({ id, ...given }))), { initialInsertMethod: 'csv' })
      await bench.untilIds('a b c')
      for (const found of await bench.rows('id, name, data::text, tags::text')) expect(found).toMatchObject(given)
    },
  })),
  {
    name: 'json puts values in by position',
    async run(bench) {
      // A shape without the table's second column.
      const value = { id: 'a', company: 'a company' }
      await bench.sync(bench.server([value, { ...value, id: 'b' }]), { initialInsertMethod: 'json' })
      await bench.untilIds('a b')
      expect(await bench.rows('id, company')).toEqual([value, { ...value, id: 'b' }])
    },
  },
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
