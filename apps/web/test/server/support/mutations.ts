import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { AnyMutation } from '../../../shared/mutations/mutation'
import type { MutationResult } from '../../../shared/protocol/mutations'
import type { Browser } from './browser'

export const newId = (): string => randomUUID()

interface Asked {
  id?: string
  company?: string
  base?: Record<string, unknown>
  version?: number
}

/** A mutation as it travels. */
export const entry = ({ name, version }: AnyMutation, input: object, more: Asked = {}) => ({ id: newId(), name, version, input, ...more })

/** Sends mutations in one request. Out: their results, in order. */
export async function send(browser: Browser, entries: object[]): Promise<MutationResult[]> {
  const answer = await browser.post('/api/mutations', { mutations: entries })
  expect(answer.status, answer.text).toBe(200)
  const { results } = answer.json as { results: MutationResult[] }
  expect(results).toHaveLength(entries.length)
  return results
}

/** Sends one. */
export async function mutate(browser: Browser, mutation: AnyMutation, input: object, more: Asked = {}): Promise<MutationResult> {
  const [result] = await send(browser, [entry(mutation, input, more)])
  return result as MutationResult
}

/** Sends one that must be applied. */
export async function applied(browser: Browser, mutation: AnyMutation, input: object, more: Asked = {}): Promise<MutationResult & { status: 'applied' }> {
  const result = await mutate(browser, mutation, input, more)
  expect(result, JSON.stringify(result)).toMatchObject({ status: 'applied' })
  return result as MutationResult & { status: 'applied' }
}
