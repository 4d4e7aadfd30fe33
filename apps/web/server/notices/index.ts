import { Listener } from '../db/listener'
import { environment } from '../environment'
import { NoticeBoard } from './board'
import { NOTICES_CHANNEL, readNotice } from './notice'

/** The notices of this process. */
export const notices = new NoticeBoard()

let listener: Listener | undefined

/** Begins to hear what any replica, or anyone else, writes. Returns how to stop. */
export function hearNotices(): () => Promise<void> {
  const started = new Listener({
    connectionString: environment().DATABASE_URL,
    channel: NOTICES_CHANNEL,
    heard: (payload) => {
      const notice = readNotice(payload)
      if (notice) notices.put(notice)
    },
    back: () => notices.ringAll(),
  })
  listener = started
  return () => started.stop()
}

/** Whether a change would be heard of now. */
export const areHeard = (): boolean => listener?.isHearing ?? false
