import { openDatabase } from '#session-database'
import { askedVariant } from './asked-variant'
import { Session } from './session'
import { whenIdle } from './when-idle'

/** The session of this tab, or of this process: what it holds goes with it. */
export const tabSession = new Session({
  open: async () => {
    await whenIdle()
    return openDatabase()
  },
  asked: askedVariant,
})
