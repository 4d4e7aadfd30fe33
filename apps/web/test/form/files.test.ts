import { expect, test } from 'vitest'
import { asCsv, asJson } from '../../form/operator/files'
import type { LeadEntry } from '../../form/leads/entry'
import { answerBody } from '../../shared/protocol/answers'

const lead = (more: Partial<LeadEntry>): LeadEntry => ({
  format: 1, seq: 1, id: 'an-id', version: 1, token: 'a-secret-of-this-device', name: 'Grace', email: 'grace@example.com', phone: '', message: 'Please call me.',
  score: 20, variant: null, state: 'pending', begun_at: 0, made_at: Date.parse('2026-01-02T03:04:05Z'), website: '', ...more,
})

test('a file says what was entered and why it was refused, and never the secret of the device', () => {
  const leads = [lead({}), lead({ state: 'failed', answer: { ...answerBody('lead_taken') } })]
  expect(JSON.parse(asJson(leads))).toMatchObject([{ name: 'Grace', entered_at: '2026-01-02T03:04:05.000Z', state: 'pending', reason: '' }, { reason: 'lead_taken: This entry was begun on another device.' }])
  for (const text of [asJson(leads), asCsv(leads)]) expect(text).not.toContain('a-secret')
})

test('a cell is one cell, whatever is in it, and what a visitor wrote is no formula', () => {
  const file = asCsv([lead({ name: 'Grace "G", Hopper', message: '=1+1\r\ntwo' })])
  expect(file.split('state,reason\r\n')[1]).toBe('an-id,2026-01-02T03:04:05.000Z,"Grace ""G"", Hopper",grace@example.com,,"\'=1+1\r\ntwo",20,,pending,\r\n')
})
