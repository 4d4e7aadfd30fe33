/** Whether an error says that nothing may be shown until the server is heard: then also nothing that was shown before. */
export const isLeaseEnd = (error: { code: string } | undefined): boolean => error?.code === 'lease_expired' || error?.code === 'lease_clock'
