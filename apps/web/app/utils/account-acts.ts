import type { AuditPage, EmailAnswer, InviteFace, InviteLine, MadeInvite, SessionLine, SignUpAnswer } from '#shared/account/answers'
import type { InvitedRole } from '#shared/account/roles'
import type { DeletionsPage, HistoryKind, HistoryPage } from '#shared/history/changes'
import { DATABASE_USER_HEADER } from '#shared/protocol/sync'
import type { Person } from './person'
import { post, request } from './server-api'

/**
 * Account acts: what a person does at the server itself, online only. Each says whose page asks, so that nothing is done
 * in the name of whoever signed in last. All throw a ServerError.
 * `person`: who this page shows now.
 */
export function createAccountActs(person: () => Person | undefined) {
  const named = (): Record<string, string> => {
    const here = person()
    return here ? { [DATABASE_USER_HEADER]: here.id } : {}
  }
  const ask = <Body>(path: string) => request<Body>(path, { headers: named() })
  const tell = <Body = object>(path: string, body: object = {}) => post<Body>(path, body, named())
  const inCompany = (company: string, act: string) => `/api/companies/${encodeURIComponent(company)}/${act}`

  return {
    // Without anybody: whoever follows a link in a letter may have another person's page open.
    signUp: (input: { email: string, name: string, password: string, invite?: string }) => post<SignUpAnswer>('/api/auth/sign-up', input),
    requestReset: (input: { email: string }) => post<object>('/api/auth/reset-request', input),
    reset: (input: { token: string, password: string }) => post<object>('/api/auth/reset', input),
    confirmEmail: (token: string) => post<object>('/api/auth/confirm-email', { token }),
    inviteFace: (token: string) => request<InviteFace>(`/api/invites?${new URLSearchParams({ token })}`),

    changePassword: (input: { current: string, password: string }) => tell('/api/account/password', input),
    changeEmail: (input: { email: string, password: string }) => tell<EmailAnswer>('/api/account/email', input),
    sessions: async () => (await ask<{ sessions: SessionLine[] }>('/api/account/sessions')).sessions,
    endSession: (id: string) => tell('/api/account/sessions/end', { id }),
    endOtherSessions: () => tell('/api/account/sessions/end', { others: true }),

    /** `id` is made by the page: asked again after a lost answer, it is the same company. */
    createCompany: async (input: { id: string, name: string, slug: string }) =>
      (await tell<{ company: { id: string, slug: string } }>('/api/companies', input)).company,
    isSlugFree: async (slug: string) => (await ask<{ free: boolean }>(`/api/companies/slug-free?${new URLSearchParams({ slug })}`)).free,
    /** Out: the company's id. */
    acceptInvite: async (token: string) => (await tell<{ company: { id: string } }>('/api/invites/accept', { token })).company.id,

    invite: (company: string, input: { role: InvitedRole, email?: string }) => tell<MadeInvite>(inCompany(company, 'invites'), input),
    invites: async (company: string) => (await ask<{ invites: InviteLine[] }>(inCompany(company, 'invites'))).invites,
    revokeInvite: (company: string, id: string) => tell(inCompany(company, 'invites/revoke'), { id }),
    leave: (company: string) => tell(inCompany(company, 'leave')),
    transfer: (company: string, input: { user_id: string, password: string }) => tell(inCompany(company, 'transfer'), input),
    removeMember: (company: string, userId: string) => tell(inCompany(company, 'remove-member'), { user_id: userId }),
    audit: (company: string, before?: number) => ask<AuditPage>(inCompany(company, `audit?${query({ before })}`)),
    history: (company: string, { kind, id }: { kind: HistoryKind, id: string }, before?: number) => ask<HistoryPage>(inCompany(company, `history?${query({ [kind]: id, before })}`)),
    deletions: (company: string, before?: string) => ask<DeletionsPage>(inCompany(company, `deletions?${query({ before })}`)),
  }
}

/** What is given, as the query of an address. */
const query = (given: Record<string, string | number | undefined>) =>
  new URLSearchParams(Object.entries(given).flatMap(([name, value]) => value === undefined ? [] : [[name, String(value)]]))

export type AccountActs = ReturnType<typeof createAccountActs>
