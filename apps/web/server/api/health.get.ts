/**
 * Whether this process is alive: it answers. Nothing else is asked, because who hears "no" starts it anew, and that
 * brings back no database. Whether it can serve is `ready`.
 */
export default defineEventHandler(() => ({ status: 'ok' }))
