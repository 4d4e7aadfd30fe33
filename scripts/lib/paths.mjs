import { fileURLToPath } from 'node:url'

/** The clone's folder, without a slash at the end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')
export const WEB = `${ROOT}/apps/web`
/** Everything that commands keep between runs and that is not the project's. */
export const DATA = `${ROOT}/.data`
/** The built server: checks its settings, migrates, then listens. */
export const SERVER_ENTRY = `${WEB}/.output/server/start.mjs`
