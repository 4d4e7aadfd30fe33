import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { freePort } from '../../support/child'
import { until } from '../../support/wait'

export interface Received { to: string[], from: string, subject: string, text: string }

/** A mail server that takes everything and keeps it. */
export class Mailbox {
  readonly url: string
  readonly letters: Received[] = []
  readonly #server: SMTPServer

  private constructor(port: number) {
    this.url = `smtp://127.0.0.1:${port}`
    this.#server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        void text(stream).then((raw) => {
          const from = session.envelope.mailFrom
          this.letters.push({ to: session.envelope.rcptTo.map(({ address }) => address), from: from ? from.address : '', ...read(raw) })
          done()
        })
      },
    })
    this.#server.listen(port, '127.0.0.1')
  }

  static async start(): Promise<Mailbox> {
    return new Mailbox(await freePort())
  }

  /** Letters to an address, as soon as there are `count` of them. */
  async to(address: string, count = 1): Promise<Received[]> {
    // The domain of an address comes in lower case, however it was written.
    const found = () => this.letters.filter(letter => letter.to.some(to => to.toLowerCase() === address.toLowerCase()))
    await until(`${count} letters to ${address}`, () => found().length >= count)
    return found()
  }

  /** The newest letter's link. */
  async linkTo(address: string, count = 1): Promise<URL> {
    const letter = (await this.to(address, count)).at(-1)
    return new URL(/https?:\/\/\S+/.exec(letter?.text ?? '')?.[0] ?? '')
  }

  stop(): Promise<void> {
    return new Promise(resolve => this.#server.close(() => resolve()))
  }
}

function read(raw: string): { subject: string, text: string } {
  const [head = '', ...body] = raw.split('\r\n\r\n')
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  const content = body.join('\r\n\r\n')
  const quoted = header('content-transfer-encoding') === 'quoted-printable'
  return { subject: header('subject'), text: quoted ? content.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : content }
}
