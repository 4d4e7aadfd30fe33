import { keepCompleteOf } from './complete-hint'
import { keepRecentOf } from './recent-results'
import { keepTreesOf } from './tree-memory'

/** Forgets what this device noted beside the database of companies other than these: which of them was whole, opened or looked at. */
export function keepTracesOf(user: string, companies: readonly string[]): void {
  keepCompleteOf(user, companies)
  keepRecentOf(user, companies)
  keepTreesOf(user, companies)
}
