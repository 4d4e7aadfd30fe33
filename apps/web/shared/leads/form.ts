import * as z from 'zod/mini'
import { LEAD_LANGUAGES, leadLanguageOf } from './languages'

/** Under this key of a company's settings. */
export const FORM_SETTINGS = 'form'

/** What owners and admins say of their form. */
export const formSettings = z.strictObject({
  open: z.boolean(),
  /** In which what visitors write is searched. */
  language: z.optional(z.enum(LEAD_LANGUAGES)),
  consent: z.string().check(z.maxLength(2000, 'This is too long: 2000 characters at most.')),
  /** When it was closed, by the clock of whoever closed it: what visitors entered before that is still taken. One that was never opened has none. */
  closed_at: z.optional(z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/))),
  privacy_url: z.string().check(z.maxLength(500, 'This is too long for an address.'), z.regex(/^(?:https?:\/\/[^\s\p{C}"'<>\\]+)?$/u, 'Enter an address that begins with https://.')),
})
export type FormSettings = z.infer<typeof formSettings>

const told = z.looseObject({
  language: z.catch(z.optional(z.string()), undefined),
  open: z.catch(z.boolean(), false), consent: z.catch(z.string(), ''), privacy_url: z.catch(z.string(), ''), closed_at: z.catch(z.optional(z.string()), undefined),
})

/** As a company has them, and as the server reads them for visitors, whoever wrote them; nobody has opened a form where they are not there. */
export function readFormSettings(settings: Readonly<Record<string, unknown>>): FormSettings {
  const { open, language, consent, privacy_url, closed_at } = z.catch(told, { open: false, consent: '', privacy_url: '' }).parse(settings[FORM_SETTINGS])
  return { open, consent, privacy_url, ...language !== undefined && { language: leadLanguageOf(language) }, ...closed_at !== undefined && { closed_at } }
}

/** The settings to keep where somebody saved some: with the moment of the closing, where that is what they did. @param now in ms since 1970 */
export function changedFormSettings(before: FormSettings, { open, language, consent, privacy_url }: FormSettings, now: number): FormSettings {
  const closed = open ? undefined : before.open ? new Date(now).toISOString() : before.closed_at
  return { open, consent, privacy_url, ...language !== undefined && { language }, ...closed !== undefined && { closed_at: closed } }
}

/** What a company's public form says of it: `GET /api/forms/<short name or key>`. */
export const formFacts = z.object({
  id: z.string(),
  name: z.string(),
  /** Whether it takes leads. */
  open: z.boolean(),
  /** What a visitor agrees to by sending; nothing is asked where it is empty. */
  consent: z.string(),
  /** Where the company says what becomes of the data. */
  privacy_url: z.nullable(z.string()),
})
export type FormFacts = z.infer<typeof formFacts>

export const formPath = (company: string) => `/api/forms/${encodeURIComponent(company)}`

/** Where the forms are: one page for all companies. */
export const FORM_PAGES = '/f/'

/** Where it is said what a company's form is when it is installed. @param company its short name or key */
export const manifestPath = (company: string) => `${FORM_PAGES}${encodeURIComponent(company)}/manifest.webmanifest`

/** A form as a program of a device, that opens where it was installed. @param page the path of the form */
export const formManifest = (page: string) => ({
  id: page,
  name: 'Form',
  short_name: 'Form',
  start_url: page,
  scope: FORM_PAGES,
  display: 'standalone',
  icons: [
    { src: '/icons/app.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: '/icons/app-192.png', sizes: '192x192', type: 'image/png' },
    { src: '/icons/app-512.png', sizes: '512x512', type: 'image/png' },
    { src: '/icons/app-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
})
