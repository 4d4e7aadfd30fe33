import { upstreamParameters, type BoundShape } from './definition'
import { Feed } from './feed'
import { ownPoll } from './own'
import type { Poll, SharedPoll } from './poll'
import type { Position } from './request'

const feeds = new Map<string, Feed>()
const own = new Map<string, Poll>()

/** The poll of a shape from a position on: a running one where there is one. It is for the asker to see who may have it. */
export function pollFor(shape: BoundShape, position: Position): SharedPoll {
  const key = JSON.stringify(upstreamParameters(shape))
  return shape.definition.scope === 'user' ? ownPollFor(`${key} ${position.handle} ${position.offset}`, shape, position) : feedOf(key, shape).pollFrom(position)
}

function feedOf(key: string, shape: BoundShape): Feed {
  const running = feeds.get(key)
  if (running) return running
  const feed = new Feed(shape, () => {
    if (feeds.get(key) === feed) feeds.delete(key)
  })
  feeds.set(key, feed)
  return feed
}

function ownPollFor(key: string, shape: BoundShape, position: Position): Poll {
  const running = own.get(key)
  if (running) return running
  const poll = ownPoll(shape, position, () => {
    if (own.get(key) === poll) own.delete(key)
  })
  own.set(key, poll)
  return poll
}
