// The only way to a reset or e-mail link where no mail is sent: it is printed here, on the server, and nowhere else.
import { parseArgs } from 'node:util'
import { findAccount, isTaken } from '../apps/web/server/account/accounts'
import { OPERATOR, recordOnAccount } from '../apps/web/server/account/audit'
import { findEmailWish, makeEmailLink, makeResetLink } from '../apps/web/server/account/links'
import { pageLink } from '../apps/web/server/account/page-links'
import { AdminError, findPlace, operate } from './admin/operator'

const USAGE = 'Usage: pnpm admin:reset-link [--data FOLDER] E-MAIL'

function wanted() {
  try {
    const { values, positionals: [email, ...more] } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } })
    if (!email || more.length > 0) throw new Error('Name one e-mail address.')
    return { email, data: values.data }
  }
  catch (error) {
    throw new AdminError(`${error instanceof Error ? error.message : String(error)} ${USAGE}`)
  }
}

await operate(async () => {
  const { email, data } = wanted()
  const place = findPlace(data)
  const publicUrl = place.publicUrl()
  return {
    place,
    async act(tx) {
      const account = await findAccount(tx, email)
      if (!account) throw new AdminError(`Nobody who may sign in has the e-mail address ${email}.`)
      const wish = await findEmailWish(tx, account.id)
      const lines = [`A new password for ${account.email}, once, within an hour:`, `  ${pageLink(publicUrl, 'reset', await makeResetLink(tx, account.id))}`]
      await recordOnAccount(tx, account.id, OPERATOR, 'account.reset-link-made', { user_id: account.id, name: account.name })
      if (wish !== undefined) {
        const taken = wish.toLowerCase() !== account.email.toLowerCase() && await isTaken(tx, wish)
        if (taken) lines.push(`They also asked for the address ${wish}, which belongs to somebody else: no link.`)
        else lines.push(`They also asked for the address ${wish}. If it is theirs, this link makes it so, once, within an hour:`, `  ${pageLink(publicUrl, 'confirm-email', await makeEmailLink(tx, account.id, wish))}`)
      }
      return lines
    },
  }
})
