import type { H3Event } from 'h3'
import * as z from 'zod/mini'
import { Refusal } from './refusal'

/** Room for a live request of 512 shapes with their handles and offsets. */
const BODY_LIMIT = 256 * 1024

/** The JSON body of a request, checked with a schema. Throws `invalid_input`, with a sentence for each field, or `too_large`. */
export async function readJson<Schema extends z.core.$ZodType>(event: H3Event, schema: Schema): Promise<z.infer<Schema>> {
  const read = z.safeParse(schema, await parse(event))
  if (read.success) return read.data
  throw new Refusal('invalid_input', { fields: fieldsOf(read.error) })
}

/** What a schema says of an input, by field. */
export function fieldsOf(error: z.core.$ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map(issue => [issue.path.join('.') || 'body', issue.message || 'is not valid']))
}

async function parse(event: H3Event): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  // Left early, a plain loop would destroy the request: the rest could not be read away before the connection is closed.
  for await (const chunk of event.node.req.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length
    if (size > BODY_LIMIT) throw new Refusal('too_large')
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  }
  catch {
    throw new Refusal('invalid_input', { fields: { body: 'The body is not JSON.' } })
  }
}
