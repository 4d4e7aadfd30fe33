/** A letter without its address: plain text, so that nothing in it can be hidden or fetched. */
export interface Letter {
  subject: string
  text: string
}

const letter = (subject: string, ...paragraphs: string[]): Letter => ({ subject, text: `${paragraphs.join('\n\n')}\n` })
const HOUR = 'The link works once, within one hour.'

export const resetLetter = (link: string) => letter(
  'Set a new password', 'Someone asked for a new password for your account. If it was you, set it here:', link, HOUR,
  'If it was not you, do nothing: your password stays as it is.')

export const emailLetter = (link: string) => letter(
  'Confirm your new e-mail address', 'Someone asked to use this address for their account. If it was you, confirm it here:', link, HOUR,
  'If it was not you, do nothing: the address is not used.')

export const emailChangedLetter = (newEmail: string) => letter(
  'Your e-mail address was changed', `Your account is now under ${newEmail}, and other devices were signed out.`,
  'If it was not you, write to whoever runs this server now.')

export const signUpLetter = (link: string) => letter(
  'Confirm your e-mail address', 'Someone made an account with this address. If it was you, confirm it here, then sign in:', link, 'The link works once, within one day.',
  'If it was not you, do nothing: without the link there is no account.')

export const alreadySignedUpLetter = (signIn: string) => letter(
  'You have an account already', 'Someone tried to make an account with this address, and there is one already. If it was you, sign in, or ask there for a new password:', signIn,
  'If it was not you, do nothing: nothing was changed.')

export const inviteLetter = (invite: { company: string, inviter: string, role: string, link: string, days: number }) => letter(
  'You are invited', `${oneLine(invite.inviter)} invites you to ${oneLine(invite.company)} as ${invite.role}. Accept here:`, invite.link,
  `The link is for this address, works once, and for ${invite.days} ${invite.days === 1 ? 'day' : 'days'}.`,
  'If you do not know who this is, do nothing.')

/** What people chose themselves must not look like a part of the letter, nor bring an address to click on. */
const oneLine = (text: string) => `"${text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').replace(/:\/\//g, ' ').replace(/\./g, '\u2024').slice(0, 80)}"`
