import { setTimeout as delay } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { environment } from '../environment'
import type { Letter } from './letters'

/** A server that greylists, or restarts, takes the letter a little later. */
const PAUSES_MS = [2_000, 20_000]
const PATIENCE_MS = 15_000

/** Whether this server sends mail. */
export const hasMail = () => environment().MAIL_URL !== undefined

/** Sends a letter to one address. Throws what the mail server said last. */
export async function send(address: string, { subject, text }: Letter): Promise<void> {
  const { MAIL_URL, MAIL_FROM } = environment()
  const transport = createTransport({ url: MAIL_URL, connectionTimeout: PATIENCE_MS, greetingTimeout: PATIENCE_MS, socketTimeout: PATIENCE_MS })
  // As an object an address is taken as it is: a comma in it does not make two of it.
  const mail = { from: MAIL_FROM, to: { name: '', address }, subject, text, disableUrlAccess: true, disableFileAccess: true }
  for (const pause of PAUSES_MS) {
    try {
      await transport.sendMail(mail)
      return
    }
    catch {
      await delay(pause)
    }
  }
  await transport.sendMail(mail)
}
