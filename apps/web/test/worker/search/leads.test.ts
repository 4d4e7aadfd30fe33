import type { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { leadLanguageOf } from '../../../shared/leads/languages'
import { FOUND_SHOWN, leadSearchRead, leadSearchStateRead, similarLeadsRead, type LeadSearchState } from '../../../shared/reads/lead-search'
import { NO_FILTER, type LeadFilter, type LeadListRow } from '../../../shared/reads/leads'
import { positional } from '../../../shared/reads/read'
import { questionOf } from '../../../shared/search/question'
import { newPGlite } from '../../support/new-pglite'
import { copyDatabase } from '../../../worker/database/copy'
import { createTables } from '../../../worker/database/tables'
import { forgetShape } from '../../../worker/search/slices'
import { catchUp, id, rows, SIDE_TABLES } from './support'

let pg: PGlite

beforeAll(async () => {
  pg = await newPGlite()
  await createTables(pg)
})
afterAll(() => pg.close())
beforeEach(async () => {
  await pg.exec(`TRUNCATE leads, companies, memberships, sync_status; TRUNCATE ${SIDE_TABLES.join(', ')}`)
  await pg.exec([rows.company(10, 'Nordlicht'), rows.company(20, 'Other'), rows.shape('leads', 10, 1), rows.shape('leads', 20, 1)].join(';'))
})

interface Given { name?: string, email?: string, phone?: string | null, message?: string, notes?: string, tags?: string[], status?: string, company?: number, day?: number }

async function add(n: number, { name = 'Nobody', email = 'nobody@x.example', phone = null, message = '', notes = '', tags = [], status = 'new', company = 10, day = 1 }: Given): Promise<void> {
  await pg.query(
    `INSERT INTO leads (id, company_id, name, email, phone, message, notes, tags, status, source, score, created_at, updated_at, row_version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'form', 0, $10, $10, 1)`, [id(n), id(company), name, email, phone, message, notes, tags, status, new Date(Date.UTC(2026, 0, day)).toISOString()])
}

async function ask(read: typeof leadSearchRead, text: string, filter: Partial<LeadFilter> = {}): Promise<string[]> {
  const { rows: [state] } = await pg.query<LeadSearchState>(leadSearchStateRead.sql, [id(10)])
  const { sought: _, ...narrowed } = { ...NO_FILTER, ...filter }
  const found = await pg.query<LeadListRow>(read.sql, positional(read, { company: id(10), words: questionOf(text).words, language: leadLanguageOf(state?.language), ...narrowed }))
  return found.rows.map(({ name }) => name)
}
const search = (text: string, filter?: Partial<LeadFilter>) => ask(leadSearchRead, text, filter)
const similar = (text: string, filter?: Partial<LeadFilter>) => ask(similarLeadsRead, text, filter)

const speaks = (language: string | null) => pg.query('UPDATE companies SET settings = $2 WHERE id = $1', [id(10), { form: { language } }])

test('who is called so comes first, then whose address says it, then who wrote it; of equals the latest', async () => {
  await add(1, { name: 'Written', message: 'Please greet Anna' })
  await add(2, { name: 'Annabelle' })
  await add(3, { name: 'By address', email: 'anna@x.example' })
  await add(4, { name: 'Anna Old', day: 1 })
  await add(5, { name: 'Anna New', day: 2 })
  await catchUp(pg)
  expect(await search('anna')).toEqual(['Anna New', 'Anna Old', 'Annabelle', 'By address', 'Written'])
})

test('all words must be there, wherever they stand and however far they are typed', async () => {
  await add(1, { name: 'Grace Hopper', message: 'We meet at the fair in Hamburg', phone: '+49 171 234', notes: 'wants a discount', tags: ['hot lead'] })
  await add(2, { name: 'Grace Other' })
  await catchUp(pg)
  for (const text of ['hopper ham', 'grace fair', 'grace@', 'disc', 'hot', '49171', '171 234', 'the fair']) expect(await search(text), text).toContain('Grace Hopper')
  expect(await search('grace munich')).toEqual([])
  expect(await search('race')).toEqual([])
})

test.each([
  ['english', 'We compared the prices of three bakeries', ['price', 'pric', 'compare', 'comparing', 'bakery']],
  ['german', 'Die Häuser in den Gärten', ['haus', 'häuser', 'garten', 'gart']],
  ['simple', 'three bakeries', ['bakeries', 'baker']],
])('a word is found in its other forms, and while it is being typed: %s', async (language, message, texts) => {
  await speaks(language)
  await add(1, { name: 'Found', message })
  await catchUp(pg)
  for (const text of texts) expect(await search(text), text).toEqual(['Found'])
})

test('a company that says another language has its leads taken up anew', async () => {
  await add(1, { name: 'Found', message: 'Unser Haus' })
  await catchUp(pg)
  expect(await search('häuser')).toEqual([])
  await speaks('german')
  await catchUp(pg)
  expect(await search('häuser')).toEqual(['Found'])
  await speaks('klingon')
  await catchUp(pg)
  expect(await search('haus')).toEqual(['Found'])
})

test('a slip of the keys still finds a name and an address, and repeats nothing of the first answer', async () => {
  await add(1, { name: 'Katharina Schmidt', email: 'kontakt@baeckerei.example' })
  await add(2, { name: 'Schmitd' })
  await catchUp(pg)
  expect(await search('schmitd')).toEqual(['Schmitd'])
  expect(await similar('schmitd')).toEqual(['Katharina Schmidt'])
  expect(await similar('katarina schmid')).toEqual(['Katharina Schmidt'])
  expect(await similar('bäkerei')).toEqual(['Katharina Schmidt'])
  expect(await similar('zzz')).toEqual([])
})

test.each([
  ['a quote', 'O\'Brien \\ back', 'o\'brien'], ['a tsquery', 'Anna & !b | (c:*)', 'anna & !b | (c'], ['accents', 'Jose\u0301 Núñez', 'jose nunez'],
  ['Cyrillic', 'Отчёты', 'отчет'], ['Chinese', '年度销售报告', '销售'], ['an emoji', 'Launch 🚀', '🚀'],
])('nothing that somebody is called or types breaks it: %s', async (_, name, text) => {
  await add(1, { name, message: `${name}\n${name}` })
  await catchUp(pg)
  expect(await search(text)).toEqual([name])
})

describe('what narrows the list', () => {
  test('narrows what is found, also where only older leads are so', async () => {
    await add(1, { name: 'Anna', status: 'won' })
    for (let n = 2; n < 10; n++) await add(n, { name: 'Anna B', day: n })
    await catchUp(pg)
    expect(await search('anna', { status: 'won' })).toEqual(['Anna'])
    expect(await search('anna', { until: '2026-01-04T00:00:00Z' })).toHaveLength(3)
    expect(await similar('anma', { status: 'won' })).toEqual(['Anna'])
  })

  test('and no other company’s leads are among them', async () => {
    await add(1, { name: 'Anna', company: 20 })
    await catchUp(pg)
    expect(await search('anna')).toEqual([])
    expect(await similar('anma')).toEqual([])
  })
})

test('what was merged into a lead leads to that, once, and to nothing where nobody is kept', async () => {
  await add(1, { name: 'Anna', message: 'apples' })
  await add(2, { name: 'Anna Two', message: 'apples and pears' })
  await add(3, { name: 'Anna Three', message: 'plums', status: 'won' })
  await pg.exec(`UPDATE leads SET merged_into = '${id(1)}' WHERE id = '${id(2)}'; UPDATE leads SET merged_into = '${id(2)}' WHERE id = '${id(3)}'`)
  await catchUp(pg)
  for (const text of ['anna', 'apples', 'pears', 'plums']) expect(await search(text), text).toEqual(['Anna'])
  expect(await similar('threee')).toEqual(['Anna'])
  expect(await search('plums', { status: 'won' })).toEqual([])
  await pg.exec(`UPDATE leads SET merged_into = '${id(3)}' WHERE id = '${id(1)}'`)
  expect(await search('anna')).toEqual([])
})

test('where most leads have it the latest are shown, as many as a list has', async () => {
  await pg.query(
    `INSERT INTO leads (id, company_id, name, email, message, notes, tags, status, source, score, created_at, updated_at, row_version)
     SELECT ('0190a000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1, 'Anna ' || n, '', '', '', '{}', 'new', 'form', 0, timestamptz '2026-01-01' + n * interval '1 minute', now(), 1 FROM generate_series(1, 300) n`, [id(10)])
  await catchUp(pg)
  const found = await search('a')
  expect(found).toHaveLength(FOUND_SHOWN)
  expect(found[0]).toBe('Anna 300')
})

test('a copy of the database has no word of a lead from search, which takes all of them up again there', async () => {
  await add(1, { name: 'Anna' })
  await catchUp(pg)
  const copy = await newPGlite()
  await createTables(copy)
  await copyDatabase(pg, copy)
  expect((await copy.query('SELECT FROM search_leads')).rows.length + (await copy.query('SELECT FROM search_lead_words')).rows.length).toBe(0)
  await catchUp(copy)
  expect((await copy.query('SELECT FROM search_leads')).rows).toHaveLength(1)
  await copy.close()
})

describe('of a lead that is gone, or called otherwise, no word stays', () => {
  const leftovers = async () => {
    const { rows: [counts] } = await pg.query<Record<string, number>>(
      'SELECT (SELECT count(*)::int FROM search_leads) AS leads, (SELECT count(*)::int FROM search_lead_words) AS words, (SELECT count(*)::int FROM search_lead_trigrams) AS trigrams')
    return counts
  }

  test('after an erasure', async () => {
    await add(1, { name: 'Anna' })
    await catchUp(pg)
    expect(await leftovers()).toMatchObject({ leads: 1, words: 4 })
    await pg.query('DELETE FROM leads')
    await catchUp(pg)
    expect(await leftovers()).toEqual({ leads: 0, words: 0, trigrams: 0 })
  })

  test('after a correction; what another lead has stays', async () => {
    await add(1, { name: 'Anna Schmidt' })
    await add(2, { name: 'Anna' })
    await catchUp(pg)
    await pg.query('UPDATE leads SET name = \'Berta\' WHERE id = $1', [id(1)])
    await catchUp(pg)
    expect(await search('schmidt')).toEqual([])
    const { rows: words } = await pg.query<{ word: string }>('SELECT word FROM search_lead_words ORDER BY word')
    expect(words.map(({ word }) => word)).toEqual(['anna', 'berta', 'example', 'nobody', 'x'])
  })

  test('after the company went', async () => {
    await add(1, { name: 'Anna' })
    await catchUp(pg)
    await pg.transaction(tx => forgetShape(tx, `company-${id(10)}-leads`, 'leads', id(10)))
    expect(await leftovers()).toEqual({ leads: 0, words: 0, trigrams: 0 })
  })
})
