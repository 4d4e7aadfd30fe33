import { BlockList, isIPv6 } from 'node:net'
import type { H3Event } from 'h3'
import { environment } from '../environment'

let trusted: BlockList | undefined

function trustedProxies(): BlockList {
  if (trusted) return trusted
  trusted = new BlockList()
  for (const entry of environment().TRUSTED_PROXIES) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }
  return trusted
}

const plain = (address: string) => address.trim().replace(/^::ffff:/, '')
const isTrusted = (address: string) => trustedProxies().check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

/** Whether the connection of a request comes from a configured proxy: what it adds to a request is believed. */
export const isFromTrustedProxy = (event: H3Event): boolean => isTrusted(plain(event.node.req.socket.remoteAddress ?? ''))

/**
 * The address a request came from. X-Forwarded-For is believed only as far as configured proxies wrote it: read from
 * its end, the first address that is none of theirs. Anyone can write the rest.
 */
export function clientAddress(event: H3Event): string {
  let address = plain(event.node.req.socket.remoteAddress ?? '')
  const forwarded = (getRequestHeader(event, 'x-forwarded-for') ?? '').split(',').map(plain).filter(Boolean)
  while (isTrusted(address)) {
    const before = forwarded.pop()
    if (before === undefined) break
    address = before
  }
  return address
}
