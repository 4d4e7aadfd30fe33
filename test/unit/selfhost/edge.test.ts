import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { createServer as createSocket, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textOf } from './compose-rules'

const TOKEN = 'token-of-a-link'

// Where Debian's Caddy is installed: the edge as it is, but for the places that it listens on and a certificate of its own.
describe.runIf(spawnSync('caddy', ['version']).status === 0)('the edge', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mvdb-edge-'))
  let app: Server
  let caddy: ChildProcess
  let said = ''
  let session: ClientHttp2Session | undefined
  /** The stream waits for this before its second line. */
  let goOn = () => {}

  beforeAll(async () => {
    app = createServer((asked, answer) => {
      if (asked.url === '/api/shapes/stream') {
        answer.write('first\n')
        goOn = () => answer.end('second\n')
        return
      }
      let bytes = 0
      asked.on('data', (chunk: Buffer) => { bytes += chunk.length }).on('error', () => undefined)
      asked.on('end', () => answer.end(JSON.stringify({ bytes, from: asked.headers['x-forwarded-for'], secure: asked.headers['x-forwarded-proto'] })))
    })
    await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve))
    const [port, health] = [await freePort(), await freePort()]
    const text = textOf('Caddyfile')
      .replace('{$DOMAIN} {', `https://localhost:${port} {\n\ttls internal`)
      .replace('email {$ACME_EMAIL}', 'auto_https disable_redirects\n\tskip_install_trust')
      .replace('app:3000', `127.0.0.1:${(app.address() as AddressInfo).port}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${health}`)
    writeFileSync(join(folder, 'Caddyfile'), text)
    caddy = spawn('caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], { env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder } })
    process.once('exit', () => caddy.kill('SIGKILL'))
    for (const stream of [caddy.stdout, caddy.stderr]) stream?.on('data', (chunk: Buffer) => { said += chunk.toString() })
    await until('Caddy is well', () => fetch(`http://127.0.0.1:${health}/`).then(({ ok }) => ok, () => false))
    await until('it has a certificate', () => {
      session = connect(`https://localhost:${port}`, { rejectUnauthorized: false })
      const tried = session
      return new Promise<boolean>(resolve => tried.once('connect', () => resolve(true)).once('error', () => resolve(false)))
    })
  }, 40_000)
  afterAll(async () => {
    session?.destroy()
    const ended = new Promise(resolve => caddy.once('exit', resolve))
    caddy.kill('SIGTERM')
    await ended
    app.closeAllConnections()
    app.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000
    while (!await condition()) {
      if (Date.now() > deadline) throw new Error(`not within 30 s: ${what}\n${said}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  function ask(path: string, { method = 'GET', headers = {}, bytes = 0 }: { method?: string, headers?: Record<string, string>, bytes?: number } = {}) {
    if (!session) throw new Error('the edge is not reached')
    const request = session.request({ ':method': method, ':path': path, ...headers })
    const chunks: string[] = []
    const answer = new Promise<{ status: number, headers: IncomingHttpHeaders, text: string }>((resolve) => {
      let status = 0, given: IncomingHttpHeaders = {}
      request.on('response', (head) => {
        status = Number(head[':status'])
        given = head
      })
      request.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk)).on('error', () => undefined)
      request.on('close', () => resolve({ status, headers: given, text: chunks.join('') }))
    })
    request.end(bytes > 0 ? Buffer.alloc(bytes) : undefined)
    return { answer, chunks }
  }

  it('speaks HTTP/2 over TLS, has browsers stay there, and believes nobody about where a request comes from', async () => {
    const { status, headers, text } = await ask('/', { headers: { 'x-forwarded-for': '6.6.6.6' } }).answer
    expect([status, headers['strict-transport-security'], headers.server]).toEqual([200, 'max-age=31536000', undefined])
    expect(JSON.parse(text)).toEqual({ bytes: 0, from: expect.stringMatching(/^(?:127\.0\.0\.1|::1)$/), secure: 'https' })
  })

  it('passes each line of a stream on before the next is there', async () => {
    const { answer, chunks } = ask('/api/shapes/stream', { method: 'POST' })
    await expect.poll(() => chunks.join('')).toBe('first\n')
    goOn()
    expect((await answer).text).toBe('first\nsecond\n')
  })

  it('lets an import of some size through, and no other body of that size', async () => {
    const bytes = 2_000_000
    expect(JSON.parse((await ask('/api/companies/a/import', { method: 'POST', bytes }).answer).text)).toMatchObject({ bytes })
    expect((await ask('/api/mutations', { method: 'POST', bytes }).answer).status).not.toBe(200)
  })

  it('writes no token of a link and no cookie into its log', async () => {
    await ask(`/reset?token=${TOKEN}`, { headers: { cookie: `session=${TOKEN}`, referer: `https://localhost/?token=${TOKEN}` } }).answer
    await expect.poll(() => said).toContain('"/reset?"')
    expect(said).not.toContain(TOKEN)
  })
})

const freePort = () => new Promise<number>((resolve) => {
  const server = createSocket()
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resolve(port))
  })
})
