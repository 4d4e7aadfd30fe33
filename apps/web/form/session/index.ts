import { tabSession } from './tab'

export { useExperiment } from './useExperiment'
export { useVisit } from './useVisit'
export { Session, type SessionOptions, type Visit } from './session'
export { tabSession }

/** Notes that this tab showed a page. It never fails and never waits: what comes before the database is there is written when it is. */
export const recordPageView = (pathname: string): void => tabSession.recordPageView(pathname)

/** Notes that something happened in this tab. @param payload whatever JSON can say */
export const recordEvent = (type: string, payload?: unknown): void => tabSession.recordEvent(type, payload)

/** What this tab's visit is worth by now: 0 to 100. */
export const getSessionScore = (): Promise<number> => tabSession.getSessionScore()
