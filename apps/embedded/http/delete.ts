// DELETE /v1/shape: only in insecure mode, as Electric allows it only in integration testing.
import type { Engine } from '../engine.ts'
import { type PlainAnswer, Refusal, UNAVAILABLE, invalid, message } from './errors.ts'
import { readShapeRequest } from './request.ts'
import type { Resolver } from './resolve.ts'

/** Ends a shape, named by its handle or its definition. */
export async function deleteShape(engine: Engine, resolver: Resolver, query: URLSearchParams, allowed: boolean): Promise<PlainAnswer> {
  if (!allowed) return message(405, 'DELETE not allowed')
  const handle = query.get('handle')
  if (!handle && !query.get('table')) return invalid({ handle: ['can\'t be blank when shape definition is missing'] }, 'no-cache')
  let shape = handle ? engine.registry.ofHandle(handle) : undefined
  if (!handle) {
    query.set('offset', '-1')
    if (!await engine.whenActive(0)) throw new Refusal(UNAVAILABLE)
    const { definition } = await resolver.define(readShapeRequest(query))
    shape = engine.registry.ofDefinition(definition)
  }
  if (!shape) return message(404, 'No existing shape found')
  engine.registry.end(shape)
  return { ...message(202, ''), body: '', headers: { 'cache-control': 'no-cache', 'content-type': 'application/json; charset=utf-8', 'electric-has-data': 'true' } }
}
