import { LeadJournal, tenantsHere } from './journal'
import { LEADS_CHANGED, leadsChannel } from './queue'
import { uploadLeads } from './upload'

/** What the form's service worker is woken for. */
export const LEADS_SYNC = 'leads'

/**
 * Sends what waits for the companies whose forms were open on this device: theirs may never be opened here again.
 * @param except one that is sent for already
 * @returns whether nothing is left to try again
 */
export async function sendAll(except?: string): Promise<boolean> {
  let isAllSent = true
  for (const tenant of await tenantsHere()) {
    if (tenant === except) continue
    isAllSent = await sendOf(tenant).catch((error: unknown) => {
      // The next tenant's go all the same.
      console.warn('Leads of a tenant could not be sent:', error)
      return false
    }) && isAllSent
  }
  return isAllSent
}

/** Out: whether nothing of it waits any more; what another tab is sending waits, too: it may be gone before it has. */
async function sendOf(tenant: string): Promise<boolean> {
  const journal = await LeadJournal.open(tenant)
  try {
    await uploadLeads(journal, tenant)
    tell(tenant)
    return (await journal.all()).every(({ state }) => state !== 'pending')
  }
  finally {
    journal.close()
  }
}

function tell(tenant: string): void {
  const channel = new BroadcastChannel(leadsChannel(tenant))
  channel.postMessage(LEADS_CHANGED)
  channel.close()
}

/** Has the browser wake the service worker when there is a network again, where it can; the page tries all the same. */
export async function askForWaking(): Promise<void> {
  const registration: ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } } = await navigator.serviceWorker.ready
  await registration.sync?.register(LEADS_SYNC)
}
