import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { ROOT, textOf } from './compose-rules'

/** The directives, a line each, without comments. */
const lines = textOf('Caddyfile').split('\n').map(line => line.replace(/(?:^|\s)#.*$/, '').trim()).filter(Boolean)
const argumentsOf = (directive: string) => lines.filter(line => line.split(' ')[0] === directive).map(line => line.slice(directive.length).trim())

it('leads to the app\'s port and nowhere else, so that metrics, Electric and PostgreSQL are not behind it', () => {
  expect(argumentsOf('reverse_proxy')).toEqual(['app:3000 {'])
  expect(lines.join('\n')).not.toMatch(/electric|postgres|metrics|file_server|handle_path|redir/)
})

it('has TLS that nothing weakens, HTTP/2, and tells browsers to come by it only', () => {
  expect(argumentsOf('protocols')).toEqual(['h1 h2'])
  expect(argumentsOf('tls')).toEqual([])
  const age = /^Strict-Transport-Security "max-age=(\d+)"$/.exec(argumentsOf('header')[0] ?? '')?.[1]
  expect(Number(age)).toBeGreaterThanOrEqual(31_536_000)
  // Of two sites, the one without TLS is for the health check inside the container.
  expect(lines.filter(line => /^\S+ \{$/.test(line) && /^(?:http|\{\$)/.test(line))).toEqual(['{$DOMAIN} {', 'http://127.0.0.1:8080 {'])
  expect(argumentsOf('bind')).toEqual(['127.0.0.1'])
  expect(argumentsOf('admin')).toEqual(['off'])
})

it('passes a stream on as it comes, lets an import through, and keeps other bodies and slow heads short', () => {
  expect(argumentsOf('flush_interval')).toEqual(['-1'])
  expect(argumentsOf('read_timeout'), 'a stream may be silent').toEqual([])
  expect(argumentsOf('max_size')).toEqual(['65MB', '1MB'])
  expect(lines).toContain('request_body @import {')
  expect(argumentsOf('read_header')).toEqual(['10s'])
})

it('logs no query, which may hold the token of a link, and no cookie', () => {
  expect(lines).toContain('request>uri regexp \\?.* ?')
  for (const field of ['request>headers>Cookie', 'request>headers>Referer', 'resp_headers>Set-Cookie']) expect(lines).toContain(`${field} delete`)
})

it.runIf(spawnSync('caddy', ['version']).status === 0)('is a configuration to Caddy itself', () => {
  const adapted = spawnSync('caddy', ['adapt', '--config', `${ROOT}Caddyfile`, '--adapter', 'caddyfile'], { encoding: 'utf8', env: { ...process.env, DOMAIN: 'w.example.com', ACME_EMAIL: 'a@example.com' } })
  expect(adapted.status, adapted.stderr).toBe(0)
  const text = adapted.stdout
  expect([...text.matchAll(/"dial":"([^"]+)"/g)].map(([, dial]) => dial)).toEqual(['app:3000'])
})
