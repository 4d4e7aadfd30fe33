// A stack of its own for a test: fresh folder, free ports, gone afterwards.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { type Embedded, type EmbeddedOptions, startEmbedded } from '../start.ts'

export const SECRET = 'test-secret'

/** A fresh data folder that the server's user can enter. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'embedded-test-'))
  chmodSync(folder, 0o755)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

export interface TestStack extends Embedded {
  dataDir: string
  /** Runs SQL as the owner of the tables, on one connection. */
  sql(text: string, values?: unknown[]): Promise<pg.QueryResult>
  /** Ends the stack and removes its folder. */
  remove(): Promise<void>
}

/** Starts a stack. Without options: a secret, a fresh folder, Electric's own timing but shorter holds. */
export async function startStack(options: Partial<EmbeddedOptions> = {}): Promise<TestStack> {
  const dataDir = options.dataDir ?? temporaryFolder()
  const stack = await startEmbedded({
    port: 0, pgPort: 0, dataDir, longPollMs: 1_500, offsetPastEndMs: 500, postgresWaitMs: 500, ...(options.insecure ? {} : { secret: SECRET }), ...options,
  })
  let client: pg.Client | undefined
  const sql = async (text: string, values?: unknown[]): Promise<pg.QueryResult> => {
    if (!client) {
      client = new pg.Client(stack.ownerUrl)
      client.on('error', () => { client = undefined })
      await client.connect()
    }
    return await client.query(text, values)
  }
  const stop = async (): Promise<void> => {
    await client?.end().catch(() => {})
    client = undefined
    await stack.stop()
  }
  const remove = async (): Promise<void> => {
    await stop()
    removeFolder(dataDir)
  }
  return { ...stack, dataDir, sql, stop, remove }
}

export interface Message {
  key?: string
  value?: Record<string, string | null>
  old_value?: Record<string, string | null>
  headers: Record<string, unknown> & { operation?: string, control?: string }
}

export interface Answer { status: number, headers: Headers, text: string, messages: Message[], handle: string, offset: string }

/** Asks for a shape. The secret is added. */
export async function ask(stack: { url: string }, query: Record<string, string>, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${stack.url}/v1/shape?${new URLSearchParams({ secret: SECRET, ...query })}`, init)
  const text = await response.text()
  const parsed: unknown = text.startsWith('[') ? JSON.parse(text) : []
  return {
    status: response.status,
    headers: response.headers,
    text,
    messages: parsed as Message[],
    handle: response.headers.get('electric-handle') ?? '',
    offset: response.headers.get('electric-offset') ?? '',
  }
}

/** Reads a shape from a place to where it is up to date. */
export async function readToEnd(stack: { url: string }, query: Record<string, string>, from: { offset: string, handle?: string } = { offset: '-1' }): Promise<Answer> {
  const messages: Message[] = []
  let place: Record<string, string> = { offset: from.offset, ...(from.handle ? { handle: from.handle } : {}) }
  for (;;) {
    const answer = await ask(stack, { ...query, ...place })
    if (answer.status !== 200) return answer
    messages.push(...answer.messages)
    if (answer.headers.has('electric-up-to-date')) return { ...answer, messages }
    place = { offset: answer.offset, handle: answer.handle }
  }
}
