import { useNuxtApp, useRoute, useToast, useWaitingRows } from '#imports'
import { mountSuspended } from '@nuxt/test-utils/runtime'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { nextTick, shallowRef } from 'vue'
import { LeadPanel } from '#components'
import { leadMerge, leadSetNotes, leadSetTags } from '#shared/mutations/lead'
import type { LeadQuestion } from '#shared/reads/lead-search'
import type { exportedLeadsRead } from '#shared/reads/leads'
import { NO_FILTER } from '#shared/reads/leads'
import App from '~/app.vue'
import { changedText, changeWords, sidesOf } from '~/utils/change-words'
import { exportLeads } from '~/utils/export-leads'
import { leadAddress, leadFilter, narrowings, readLeadQuery } from '~/utils/lead-filter'
import { keptLeadViews, leadViewsKey, readLeadViews, withLeadView } from '~/utils/lead-views'
import type { Saving } from '~/utils/mutate'
import { leadVerbs } from '~/utils/verbs/lead-verbs'
import { beginFills, doSlice } from '../../worker/search/slices'
import { makeSearchTables } from '../../worker/search/tables'
import { sees, somebodyHere, type Here } from './support/here'
import { id, ME, rows } from './support/local-database'

describe('what narrows the list is kept in the address', () => {
  const full = { q: 'offer', status: 'won', assignee: ME, score: 40, variant: 'b', from: '2026-01-02', until: '2026-01-05' } as const

  test('and is the same when it is read again', () => {
    expect(readLeadQuery(leadAddress(full))).toEqual(full)
    expect(narrowings(full)).toBe(6)
    expect(leadAddress(readLeadQuery({}))).toEqual({})
  })

  test.each([
    ['a status that there is not', { status: 'sold' }], ['two of them', { status: ['won', 'lost'] }], ['an assignee that is no key', { assignee: 'x\' or 1=1' }],
    ['a score beyond all', { score: '101' }], ['half a score', { score: '1.5' }], ['a score that is none', { score: 'much' }],
    ['a day that is none', { from: '2026-13-45' }], ['a moment', { until: '2026-01-02T03:04:05Z' }], ['a text without end', { q: 'x'.repeat(201) }],
  ])('%s narrows nothing', (_, query) => {
    expect(leadAddress(readLeadQuery(query))).toEqual({})
  })

  test('whole days, by the clock of whoever looks', () => {
    const { from, until } = leadFilter(full)
    expect(new Date(from)).toEqual(new Date(2026, 0, 2))
    expect(new Date(until), 'the last day is in it').toEqual(new Date(2026, 0, 6))
    expect(leadFilter(readLeadQuery({ q: '  offer ' }))).toEqual({ ...NO_FILTER, sought: 'offer' })
  })

  test('and a person keeps views of each company, whatever else their preferences hold', () => {
    const [company, view] = [id(10), { name: 'Won', query: readLeadQuery({ status: 'won' }) }]
    const kept = { theme: 'dark', ...keptLeadViews(withLeadView([], view), company) }
    expect(readLeadViews(kept, company)).toEqual([view])
    expect(readLeadViews(kept, id(11))).toEqual([])
    expect(readLeadViews(withLeadView([view], { name: 'Won', query: readLeadQuery({ score: 9 }) }), company)).toEqual([])
    expect(withLeadView([view], { name: 'Won', query: readLeadQuery({ score: 9 }) })).toHaveLength(1)
    expect(withLeadView(Array.from({ length: 20 }, (_, n) => ({ ...view, name: `${n}` })), view)).toHaveLength(20)
    for (const broken of [undefined, null, 7, { [leadViewsKey(company)]: 'x' }, { [leadViewsKey(company)]: [{ name: 7 }] }]) expect(readLeadViews(broken, company)).toEqual([])
    expect(readLeadViews({ [leadViewsKey(company)]: [{ name: 'Odd', query: { status: 'sold', score: 9 } }] }, company)).toEqual([{ name: 'Odd', query: readLeadQuery({ score: 9 }) }])
    expect(keptLeadViews([], company)).toEqual({ [leadViewsKey(company)]: null })
  })
})

test('tags are brought to one spelling, and what is none is refused', () => {
  const tags = (given: unknown) => leadSetTags.input.safeParse({ id: id(70), tags: given })
  expect(tags([' Fair ', 'fair', 'hot']).data).toEqual({ id: id(70), tags: ['Fair', 'hot'] })
  for (const wrong of [[''], ['a,b'], ['a\nb'], ['x'.repeat(41)], Array.from({ length: 21 }, (_, n) => `${n}`), 'fair', [7]]) expect(tags(wrong).success, JSON.stringify(wrong)).toBe(false)
  // What is taken once is taken again as it is: the ledger knows an edit by its spelling.
  expect(tags(tags([' Fair ']).data?.tags).data).toEqual(tags([' Fair ']).data)
})

describe('an edit of a lead that was decided against', () => {
  const entry = (name: string, input: object, base: object, theirs: object) => ({ mutation: { id: id(1), name, version: 1, input: { id: id(70), ...input }, base: { ...base } }, about: 'Grace', answer: { code: 'conflict' as const, message: '', next: '', theirs: { ...theirs } } })
  test.each([
    ['lead.set-status', { status: 'won' }, { status: 'new' }, { status: 'lost' }, { field: 'status', base: 'New', mine: 'Won', theirs: 'Lost' }],
    ['lead.set-notes', { notes: 'b' }, { notes: 'a' }, { notes: 'c' }, { field: 'notes', base: 'a', mine: 'b', theirs: 'c' }],
    ['lead.set-tags', { tags: ['x', 'y'] }, { tags: [] }, { tags: ['z'] }, { field: 'tags', base: 'None', mine: 'x, y', theirs: 'z' }],
  ])('%s shows what stands against what', (name, input, base, theirs, sides) => {
    const refused = entry(name, input, base, theirs)
    expect(sidesOf(refused as never)).toEqual(sides)
    expect(changeWords(refused as never)).toContain('Grace')
    expect(changedText(refused as never)?.field).toBe(name === 'lead.set-notes' ? 'notes' : undefined)
  })
})

describe('a list that is read further down keeps its place', () => {
  const row = (n: number) => ({ id: id(n) })
  test('what comes above waits, what comes below and what goes does not', async () => {
    const [all, reading, question] = [shallowRef([row(3), row(2), row(1)]), shallowRef(false), shallowRef('a')]
    const { shown, waiting, let: letIn } = useWaitingRows(all, reading, question)
    all.value = [row(4), ...all.value]
    expect([shown.value.length, waiting.value]).toEqual([4, 0])
    reading.value = true
    // One was entered without a network, and is older than others.
    all.value = [row(6), row(4), row(3), row(5), row(2), row(0)]
    expect(shown.value).toEqual([row(4), row(3), row(2), row(0)])
    expect(waiting.value).toBe(2)
    letIn()
    expect([shown.value.length, waiting.value]).toEqual([6, 0])
    all.value = [row(7), ...all.value]
    expect(waiting.value).toBe(1)
    reading.value = false
    expect([shown.value.length, waiting.value]).toEqual([7, 0])
    reading.value = true
    question.value = 'b'
    all.value = [row(9)]
    await nextTick()
    expect(shown.value, 'another question is another list').toEqual([row(9)])
  })
})

describe('of somebody who is here', () => {
  let here: Here
  const pages: { unmount: () => void }[] = []
  beforeEach(async () => {
    here = await somebodyHere(
      rows.company(10, 'Ten', 'member'), rows.company(11, 'Eleven', 'member'),
      ...['memberships', 'user'].map(shape => rows.shape(shape, 'live')),
      ...['company', 'workspaces', 'folders', 'members', 'leads'].map(shape => rows.shape(shape, 'live', { company: 10 })),
      rows.member(20, 10, 'Bob Colleague'), rows.member(21, 10, 'Gus Guest', 'guest'),
      rows.lead(70, 10, 'Grace', { email: 'G@x.example', score: 80, variant: 'b', assignee_id: id(20), tags: ['fair', 'a "b", c'] }),
      rows.lead(71, 10, 'Alan', { email: 'g@x.example', status: 'won', message: '=1+1' }),
      rows.lead(72, 10, 'Edsger', { email: 'e@x.example', score: 10, assignee_id: id(99) }),
      rows.lead(73, 11, 'Foreign', { email: 'g@x.example' }),
    )
    // The database is that of the test before.
    await here.pg.transaction(tx => makeSearchTables(tx))
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900)
    vi.spyOn(globalThis, 'fetch').mockImplementation(input => Promise.resolve(new Response(JSON.stringify(
      String(input).endsWith('/config') ? { databaseName: 'test', demo: false } : { user: { id: ME, name: 'Mara Member', email: 'mara@example.org' } },
    ))))
    await useNuxtApp().$account.signIn('mara@example.org', 'x')
  })
  afterEach(() => {
    for (const page of pages.splice(0)) page.unmount()
    here.end()
    vi.restoreAllMocks()
  })
  /** Search has taken up all leads. */
  async function taken() {
    await beginFills(here.pg)
    while ((await doSlice(here.pg, 100)).kind !== 'none');
    await here.leader.apply('')
  }
  async function at(query: string) {
    const page = await mountSuspended(App, { route: `/c/${id(10)}/leads${query}` })
    pages.push(page)
    return page
  }

  test.each([
    ['', ['Grace', 'Alan', 'Edsger']], ['?status=won', ['Alan']], ['?score=50', ['Grace']], ['?variant=b', ['Grace']],
    [`?assignee=${id(20).toUpperCase()}`, ['Grace']], ['?assignee=nobody', ['Alan']], ['?from=2100-01-01', []], ['?until=2100-01-01&q=edsg', ['Edsger']],
    ['?status=sold', ['Grace', 'Alan', 'Edsger']],
  ])('the list at leads%s shows these', async (query, names) => {
    const page = await at(query)
    if (names.length === 0) return sees(() => expect(page.text()).toContain('No lead is like this.'))
    await sees(() => expect(['Grace', 'Alan', 'Edsger', 'Foreign'].filter(name => page.find('ul[aria-label=Leads]').text().includes(name))).toEqual(names))
  })

  test('a lead in the address is open, with the list narrowed as it was, and closing it leaves the list so', async () => {
    const page = await at(`?status=won&lead=${id(70)}`)
    const dialog = () => document.querySelector('[role=dialog]')
    await sees(() => expect(dialog()?.textContent).toContain('G@x.example'))
    dialog()?.querySelector<HTMLButtonElement>('button[aria-label=Close]')?.click()
    await sees(() => expect(useRoute().fullPath).toBe(`/c/${id(10)}/leads?status=won`))
    await sees(() => expect(page.find('ul[aria-label=Leads]').text()).toContain('Alan'))
  })

  test('one that is not there is said to be so', async () => {
    await at(`?lead=${id(73)}`)
    await sees(() => expect(document.querySelector('[role=dialog]')?.textContent).toContain('This lead is not here.'))
  })

  test('the file holds what the list is narrowed to, with who looks after it, and no formula', async () => {
    const read = async ({ sql, params: names }: typeof exportedLeadsRead, params: Record<string, unknown>) => (await here.pg.query(sql, names.map(name => params[name]))).rows
    const textOf = async (filter: object, question?: LeadQuestion) =>
      (await (await exportLeads({ read: read as never }, id(10), { ...NO_FILTER, ...filter }, question, () => {})).text()).split('\r\n').slice(1, -1)
    const lines = await textOf({})
    expect(lines).toHaveLength(3)
    expect(lines.find(line => line.includes('Grace'))).toMatch(/,Grace,G@x\.example,,Please call me\.,New,Bob Colleague,"fair, a ""b"", c",,80,b,form,/)
    expect(lines.find(line => line.includes('Alan'))).toContain(',\'=1+1,Won,')
    expect(lines.join()).not.toContain('Foreign')
    expect(await textOf({ status: 'won' })).toHaveLength(1)
    await taken()
    expect(await textOf({}, { words: ['calling'], language: 'english' }), 'of what is sought as search finds it').toHaveLength(2)
    expect(await textOf({ score: 50 }, { words: ['calling'], language: 'english' })).toEqual([expect.stringContaining('Grace')])
    await here.pg.exec(`UPDATE leads SET merged_into = '${id(70)}' WHERE id = '${id(71)}'`)
    expect(await textOf({}), 'one person is in it once').toHaveLength(2)
    expect(await textOf({}, { words: ['calling'], language: 'english' })).toHaveLength(2)
    expect(await textOf({}, { words: ['1'], language: 'english' }), 'also where the merged lead alone has the words').toEqual([expect.stringContaining('Grace')])
  })

  describe('what is sought', () => {
    type Page = Awaited<ReturnType<typeof at>>
    const line = (page: Page, name: string) => {
      const list = page.find('ul[aria-label=Leads]')
      return list.exists() ? list.findAll('li').find(item => item.text().includes(name)) : undefined
    }
    const type = (page: Page, text: string) => page.find('input[placeholder="Search leads"]').setValue(text)

    test('is found in the forms of its words once search has taken up the leads, and in any part of a text until then', async () => {
      const page = await at('?q=all')
      await sees(() => expect(line(page, 'Grace')).toBeDefined())
      await taken()
      await sees(() => expect(page.text()).toContain('No lead has “all” in it.'))
      await type(page, 'calling')
      await sees(() => expect(line(page, 'Grace')).toBeDefined())
      expect(line(page, 'Alan')).toBeUndefined()
    })

    test('and where search cannot answer it is looked for in every lead', async () => {
      const page = await at('')
      await taken()
      await here.pg.exec('DROP VIEW app_read.search_leads')
      await type(page, 'all m')
      await sees(() => expect([line(page, 'Grace') !== undefined, line(page, 'Alan')]).toEqual([true, undefined]))
    })

    test('and mistyped it finds who comes close, said to be so', async () => {
      const page = await at('')
      await taken()
      await type(page, 'edsgre')
      await sees(() => expect(line(page, 'Edsger')?.text()).toContain('Similar'))
      expect(page.text()).toContain('No lead has “edsgre” in it. These come close:')
      await type(page, 'edsger')
      await sees(() => expect(line(page, 'Edsger')?.text()).not.toContain('Similar'))
    })
  })

  describe('the panel of a lead', () => {
    const made: unknown[][] = []
    const mutate = (mutation: { name: string }, input: object, options: object): Saving => {
      made.push([mutation.name, input, options])
      return { id: id(900), saved: Promise.resolve(), settled: new Promise(() => {}) }
    }
    async function panel(lead: number) {
      made.length = 0
      const shown: unknown[] = []
      const mounted = await mountSuspended(LeadPanel, { attachTo: document.body, props: {
        'open': true, 'company': id(10), 'lead': id(lead), 'name': '', 'verbs': leadVerbs(mutate as never, () => id(10)), 'onShow': (other: unknown) => shown.push(other),
      } })
      onTestFinished(() => mounted.unmount())
      const dialog = () => document.querySelector<HTMLElement>('[role=dialog]')!
      await sees(() => expect(dialog().querySelector('textarea')).not.toBeNull())
      return { dialog, shown }
    }

    test.each([[70, 'Bob Colleague'], [71, 'Nobody'], [72, 'Someone who has left']])('of lead %i says who looks after it: %s', async (lead, words) => {
      const { dialog } = await panel(lead)
      await sees(() => expect(dialog().textContent).toContain(words))
    })

    test('names other leads of the address, whatever its capitals, of this company alone, and leads to them', async () => {
      const { dialog, shown } = await panel(70)
      await sees(() => expect(dialog().textContent).toContain('One more from this address'))
      const others = dialog().querySelector('[aria-label="Other leads from this address"]')!
      expect(others.textContent).toContain('Alan')
      expect(others.textContent).not.toContain('Foreign')
      others.querySelector('button')?.click()
      expect(shown).toMatchObject([{ id: id(71), name: 'Alan' }])
    })

    const button = (of: HTMLElement, name: string) => [...of.querySelectorAll('button')].find(one => (one.getAttribute('aria-label') ?? one.textContent).trim().startsWith(name))
    const toasts = () => useToast().toasts.value.map(({ title }) => title)

    test('merges others of the address into the open one, one or all at once, and offers to take it back', async () => {
      await here.leader.apply(rows.lead(74, 10, 'Alan again', { email: 'G@X.example' }))
      const { dialog } = await panel(70)
      await sees(() => expect(dialog().textContent).toContain('2 more from this address'))
      button(dialog(), 'Merge Alan of')?.click()
      await sees(() => expect(toasts()).toContain('Alan was merged into this one.'))
      button(dialog(), 'Merge all')?.click()
      await sees(() => expect(toasts()).toContain('2 leads were merged into this one.'))
      expect(useToast().toasts.value.map(({ actions }) => actions?.map(({ label }) => label))).toEqual([['Undo'], ['Undo']])
      const asked = { company: id(10), base: { merged_into: null } }
      expect(made).toEqual([
        [leadMerge.name, { ids: [id(71)], merged_into: id(70) }, { ...asked, about: 'Alan' }],
        [leadMerge.name, { ids: [id(71), id(74)], merged_into: id(70) }, asked],
      ])
    })

    test('shows what was entered in those that were merged, leads to them, and separates each again', async () => {
      await here.leader.apply(
        `UPDATE leads SET merged_into = '${id(70)}', phone = '+49 30 7', notes = 'A good one.' WHERE id = '${id(71)}'`,
        rows.lead(75, 10, 'Alan twice', { email: 'other@x.example', message: 'Once more.', merged_into: id(71) }))
      const { dialog, shown } = await panel(70)
      const also = () => dialog().querySelector<HTMLElement>('[aria-label="Leads that were merged into this one"]')
      await sees(() => expect([...also()?.querySelectorAll('li') ?? []].map(({ textContent }) => textContent)).toEqual([
        expect.stringMatching(/^Alan, .+g@x\.example, \+49 30 7.*=1\+1.*Notes: A good one\.$/), expect.stringMatching(/^Alan twice, .+other@x\.example.*Once more\.$/),
      ]))
      expect(dialog().textContent).not.toContain('more from this address')
      also()?.querySelector('button')?.click()
      expect(shown).toMatchObject([{ id: id(71), name: 'Alan' }])
      button(also()!, 'Separate Alan twice of')?.click()
      await sees(() => expect(toasts()).toContain('Alan twice is a lead of its own again.'))
      expect(made).toEqual([[leadMerge.name, { ids: [id(75)], merged_into: null }, { company: id(10), base: { merged_into: id(71) }, about: 'Alan twice' }]])
      button(dialog(), 'Erase this lead')?.click()
      await sees(() => expect(document.body.textContent).toContain('So do the 2 leads that were merged into it.'))
    })

    test('of one that is merged says into which, leads there, and separates it', async () => {
      await here.leader.apply(`UPDATE leads SET merged_into = '${id(70)}' WHERE id = '${id(71)}'`, rows.lead(74, 10, 'Alan again', { email: 'G@X.example' }))
      const { dialog, shown } = await panel(71)
      await sees(() => expect(dialog().textContent).toContain('Merged into'))
      expect(dialog().textContent, 'nothing goes into it').not.toContain('more from this address')
      button(dialog(), 'Grace')?.click()
      expect(shown).toMatchObject([{ id: id(70), name: 'Grace' }])
      button(dialog(), 'Separate again')?.click()
      await sees(() => expect(made).toEqual([[leadMerge.name, { ids: [id(71)], merged_into: null }, { company: id(10), base: { merged_into: id(70) }, about: 'Alan' }]]))
    })

    test('a tag that is set before the row has the one before it loses neither, and is made from it', async () => {
      const { dialog } = await panel(71)
      const field = dialog().querySelector<HTMLInputElement>('input[type=text], input:not([type])')!
      for (const [n, tag] of ['fair', 'hot'].entries()) {
        field.focus()
        field.value = tag
        field.dispatchEvent(new Event('input', { bubbles: true }))
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
        await sees(() => expect(made).toHaveLength(n + 1))
      }
      expect(made).toMatchObject([
        [leadSetTags.name, { tags: ['fair'] }, { base: { tags: [] } }],
        [leadSetTags.name, { tags: ['fair', 'hot'] }, { base: { tags: ['fair'] } }],
      ])
    })

    test('saves notes from what was there when the typing began, though a colleague saved some meanwhile', async () => {
      const { dialog } = await panel(70)
      const field = dialog().querySelector('textarea')!
      field.value = 'Mine'
      field.dispatchEvent(new Event('input', { bubbles: true }))
      await nextTick()
      await here.leader.apply(`UPDATE leads SET notes = 'Theirs', score = 97 WHERE id = '${id(70)}'`)
      await sees(() => expect(dialog().textContent).toContain('97'))
      expect(dialog().querySelector('textarea')?.value, 'what is typed stays').toBe('Mine')
      dialog().querySelector<HTMLButtonElement>('button[type=submit]')?.click()
      await sees(() => expect(made).toEqual([[leadSetNotes.name, { id: id(70), notes: 'Mine' }, { company: id(10), base: { notes: '' }, about: 'Grace' }]]))
    })
  })
})
