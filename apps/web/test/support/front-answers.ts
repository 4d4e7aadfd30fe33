import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'

/** What a Front does to an answer of the server on its way to the browser. Compressed ones must not come here. */

/** Gives it on when it is whole. */
export function holdBack(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.flushHeaders()
  whole(answer, body => outgoing.end(body))
}

/** Gives each line on twice. */
export function repeatLines(answer: IncomingMessage, outgoing: ServerResponse): void {
  let begun = ''
  answer.setEncoding('utf8')
  answer.on('data', (piece: string) => {
    const lines = (begun + piece).split('\n')
    begun = lines.pop() ?? ''
    for (const line of lines) outgoing.write(`${line}\n${line}\n`)
  })
  answer.on('end', () => outgoing.end(begun))
}

/** Gives it on with another word in the place of one, of the same length. */
export function rewrite(answer: IncomingMessage, outgoing: ServerResponse, from: string, to: string): void {
  whole(answer, body => outgoing.end(body.toString('utf8').replaceAll(from, to)))
}

function whole(answer: IncomingMessage, then: (body: Buffer) => void): void {
  const pieces: Buffer[] = []
  answer.on('data', (piece: Buffer) => pieces.push(piece))
  answer.on('end', () => then(Buffer.concat(pieces)))
}

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** Answers with a file instead. */
export function sendFile(outgoing: ServerResponse, file: string): void {
  const stream = createReadStream(file)
  stream.on('error', () => outgoing.writeHead(404).end())
  stream.on('open', () => outgoing.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }))
  stream.pipe(outgoing)
}
