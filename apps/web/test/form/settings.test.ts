import { describe, expect, test } from 'vitest'
import { changedFormSettings, formSettings, readFormSettings } from '../../shared/leads/form'

const NOW = Date.parse('2026-01-02T03:04:05.678Z')
const form = (open: boolean, closed_at?: string) => ({ open, consent: 'x', privacy_url: '', ...closed_at !== undefined && { closed_at } })

describe('the moment of the closing, which decides what is still taken and whether strangers know the company', () => {
  test.each([
    ['one that was never opened and stays closed has none', form(false), form(false), undefined],
    ['one that is opened has none', form(false), form(true), undefined],
    ['one that is closed has that of now', form(true), form(false), '2026-01-02T03:04:05.678Z'],
    ['one whose words are changed while it is closed keeps its own', form(false, '2025-05-05T05:05:05Z'), form(false), '2025-05-05T05:05:05Z'],
    ['one that is opened again loses it', form(false, '2025-05-05T05:05:05Z'), form(true), undefined],
  ])('%s', (_, before, input, closed) => {
    const kept = changedFormSettings(before, input, NOW)
    expect(kept.closed_at).toBe(closed)
    expect(formSettings.safeParse(kept).success).toBe(true)
    expect(readFormSettings({ form: kept })).toEqual(kept)
  })
})

test.each([undefined, null, 'open', [], { open: 'yes' }, { open: true, consent: 7, of: 'a later version' }])('settings that are none (%j) are read as what can be read of them', (settings) => {
  const { open, consent, privacy_url } = readFormSettings({ form: settings })
  expect([open, consent, privacy_url]).toEqual([typeof settings === 'object' && settings !== null && 'open' in settings && settings.open === true, '', ''])
})
