import { watch } from 'vue'
import { useColorMode } from '#imports'
import { readPreferences, storedPreferences, storePreferences, type Preferences } from '../utils/preferences'
import { useUserSync } from './useUserSync'

/**
 * Applies the person's preferences to the page for as long as the scope lives. A theme is taken over when the profile's
 * changes: one that was switched on this device since then stays, over reloads and offline.
 */
export function useAccountPreferences(): void {
  const { user } = useUserSync()
  const mode = useColorMode()

  function apply(userId: string, now: Preferences) {
    const before = storedPreferences(userId)?.theme ?? 'system'
    if (before !== now.theme) mode.preference = now.theme
    storePreferences(userId, now)
    document.documentElement.dataset.density = now.density
  }
  watch(user, (now) => { if (now) apply(now.id, readPreferences(now.preferences)) }, { immediate: true })
}
