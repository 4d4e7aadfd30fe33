import type { AuditAct, AuditEvent, AuditSubjects } from '#shared/account/audit'
import type { Role } from '#shared/catalogue/roles'
import { asRole } from './role-words'

type Sentences = { readonly [Act in AuditAct]: (who: string, subject: AuditSubjects[Act]) => string }

const forWhom = (email: string | null) => email === null ? 'whoever has the link' : email

/** What each act was, as one sentence with a subject, so that it can be read aloud. */
const SENTENCES: Sentences = {
  'account.signed-up': (who, { invited }) => invited ? `${who} made an account with an invite.` : `${who} made an account.`,
  'account.password-changed': who => `${who} changed their password.`,
  'account.password-reset': who => `${who} set a new password with a link.`,
  'account.reset-link-made': (who, { name }) => `${who} asked for a link to set a new password for ${name}.`,
  'account.email-change-asked': who => `${who} asked to change their e-mail address.`,
  'account.email-changed': (who, { from, to }) => `${who} changed their e-mail address from ${from} to ${to}.`,
  'account.sessions-ended': (who, { count }) => `${who} ended ${count === 1 ? 'a session' : `${count} sessions`} on other devices.`,
  'company.created': (who, { name }) => `${who} made the company ${name}.`,
  'company.owner-made': (who, { name }) => `${who} made ${name} an owner.`,
  'company.transferred': (_, { from_name: from, to_name: to }) => `${from} gave the company to ${to}.`,
  'import.began': (who, { file, lines }) => `${who} began to import ${file} (${lines} lines).`,
  'import.ended': (who, { file, folders, existed, refused, whole }) =>
    `${who} imported ${file}${whole ? '' : ', which broke off'}: ${folders} folders made, ${existed} there before, ${refused} lines refused.`,
  'invite.made': (who, { role, email }) => `${who} invited ${forWhom(email)} as ${asRole(role as Role)}.`,
  'invite.revoked': (who, { role, email }) => `${who} took back the invite of ${forWhom(email)} as ${asRole(role as Role)}.`,
  'invite.accepted': (who, { role }) => `${who} accepted an invite and became ${asRole(role as Role)}.`,
  'leads.released': (who, { leads }) => `${who} gave the company ${leads === 1 ? 'a lead' : `${leads} leads`} that had waited outside it.`,
  'lead.erased': who => `${who} erased a lead.`,
  'member.left': (who, { role }) => `${who} (${role}) left the company.`,
  'member.role-changed': (who, { name, from, to }) => `${who} changed the role of ${name} from ${from} to ${to}.`,
  'member.removed': (who, { name, role }) => `${who} removed ${name} (${role}).`,
}

/** An event of the audit as a sentence. An act of a newer version is named as it is. */
export function auditSentence({ act, actor, subject }: AuditEvent): string {
  const who = actor.id === null && actor.name === 'operator' ? 'The operator' : actor.name
  const sentence = isKnown(act) ? SENTENCES[act] as (who: string, subject: AuditEvent['subject']) => string : undefined
  return sentence ? sentence(capital(who), subject) : `${capital(who)} did something that this version has no words for: ${act}.`
}

const isKnown = (act: string): act is AuditAct => Object.hasOwn(SENTENCES, act)
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
