// Reading the recorded exchanges.
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface Exchange {
  title: string
  method: string
  url: URL
  headers: Record<string, string>
  body?: string
  /** SQL ran while the request was held. */
  hasAction: boolean
  /** Nothing where the recorder could not connect. */
  answer?: Answer
}

export interface Topic {
  /** Name of the file without its ending, such as `12_live_timeout`. */
  name: string
  exchanges: Exchange[]
}

const TRACES = path.join(import.meta.dirname, 'traces')

/** The topic whose file begins with this name. */
export function readTopic(name: string): Topic {
  const file = readdirSync(TRACES).find(entry => entry === `${name}.txt` || entry.startsWith(`${name}_`))
  if (!file) throw new Error(`no trace begins with ${name}`)
  const sections = readFileSync(path.join(TRACES, file), 'utf8').split(/^### /m).slice(1)
  return { name: file.replace(/\.txt$/, ''), exchanges: sections.map(readExchange) }
}

function readExchange(section: string): Exchange {
  const [head = '', after = ''] = split(section, /^--- response after .*\n/m)
  const [title = '', ...lines] = head.split('\n')
  const sent = lines.filter(line => line.startsWith('>>> ')).map(line => line.slice(4))
  const [request = '', ...more] = sent
  const [method = '', url = ''] = split(request, / /)
  const headers: Record<string, string> = {}
  let body: string | undefined
  for (const line of more) {
    const [name = '', value = ''] = split(line, /: /)
    if (name === 'body') body = value
    else headers[name.toLowerCase()] = value
  }
  const answer = readAnswer(after)
  return {
    title,
    method,
    url: new URL(url),
    headers,
    hasAction: / (?:at|ran) [\d.]+ ?s/.test(title),
    ...(body === undefined ? {} : { body }),
    ...(answer ? { answer } : {}),
  }
}

function readAnswer(text: string): Answer | undefined {
  const [head = '', body = ''] = split(text, /\r\n\r\n/)
  const [status = '', ...lines] = head.split('\r\n')
  const code = /^HTTP\/1\.1 (\d{3})/.exec(status)?.[1]
  if (!code) return undefined
  const headers = Object.fromEntries(lines.map((line) => {
    const [name = '', value = ''] = split(line, /: ?/)
    return [name.toLowerCase(), value]
  }))
  return { status: Number(code), headers, body: body.replace(/\n+$/, '') }
}

/** The text before and after the first match. */
function split(text: string, at: RegExp): string[] {
  const match = at.exec(text)
  return match ? [text.slice(0, match.index), text.slice(match.index + match[0].length)] : [text]
}
