import type { SyncState } from '#shared/protocol/sync'

/** How a state of the sync looks, beside the words that say it. */
export const STATE_ICONS: Record<SyncState, string> = {
  live: 'i-lucide-check', syncing: 'i-lucide-refresh-cw', connecting: 'i-lucide-refresh-cw', offline: 'i-lucide-cloud-off',
  error: 'i-lucide-triangle-alert', revoked: 'i-lucide-ban', idle: 'i-lucide-circle',
}
export const STATE_TONES: Record<SyncState, string> = {
  live: 'text-muted', syncing: 'text-muted', connecting: 'text-muted', offline: 'text-warning', error: 'text-error', revoked: 'text-muted', idle: 'text-muted',
}
