/** Set by the build (`pnpm build:form --development`); not there where the code runs without one. */
declare const FORM_DEVELOPMENT: boolean | undefined

/** The variant that the address asks for, as `?experiment.headline=b`: in development only, so that nobody's visit is of a variant that was not drawn. */
export function askedVariant(experiment: string): string | undefined {
  if (typeof FORM_DEVELOPMENT === 'undefined' || !FORM_DEVELOPMENT || typeof location === 'undefined') return undefined
  return new URLSearchParams(location.search).get(`experiment.${experiment}`) ?? undefined
}
