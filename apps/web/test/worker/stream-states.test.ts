import { expect, test } from 'vitest'
import { STREAM_EVENTS, STREAM_STATES, STREAM_TABLE, type StreamState } from '../../worker/transport/stream-states'

// state            join         due           line         failed     refused    unfit      reached    nobody   wake          close
const TABLE = `
idle                settling     idle          idle         idle       idle       idle       idle       idle     idle          closed
settling            settling     connecting    settling     settling   settling   settling   settling   settling connecting    closed
connecting          connecting   probing       streaming    pausing    pausing    polling    connecting idle     parting       closed
probing             probing      probing       streaming    pausing    probing    probing    polling    probing  parting       closed
streaming           changing     streaming     streaming    pausing    pausing    streaming  streaming  streaming parting      closed
changing            changing     parting       changing     pausing    pausing    changing   changing   changing parting       closed
parting             parting      connecting    parting      parting    parting    parting    parting    parting  parting       closed
pausing             pausing      connecting    pausing      pausing    pausing    pausing    pausing    pausing  connecting    closed
polling             polling      parting       polling      pausing    polling    polling    polling    polling  parting       closed
closed              closed       closed        closed       closed     closed     closed     closed     closed   closed        closed`

test('every event in every state of the live stream leads where it is written down', () => {
  const told = new Map(TABLE.trim().split('\n').map((line) => {
    const [state = '', ...next] = line.trim().split(/\s+/)
    return [state, next]
  }))
  expect([...told.keys()]).toEqual([...STREAM_STATES])
  for (const state of STREAM_STATES) expect([state, ...STREAM_EVENTS.map(event => STREAM_TABLE[state][event])]).toEqual([state, ...told.get(state) ?? []])
})

test('from every state but the last a stream can be had again, whatever happened', () => {
  for (const start of STREAM_STATES.filter(state => state !== 'closed')) {
    const reached = new Set<StreamState>([start])
    for (const state of reached) for (const event of STREAM_EVENTS) if (event !== 'close') reached.add(STREAM_TABLE[state][event])
    expect([start, reached.has('streaming')]).toEqual([start, true])
  }
})
