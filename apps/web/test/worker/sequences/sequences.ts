import { expect } from 'vitest'
import { row, type Bench } from './bench'
import { deferred, insert, remove, update, type Sequence } from './sequence'
import { streamSequences } from './stream-sequences'

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
  ...streamSequences,
]
