import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

/** Which company the person stands in, kept while they visit pages that belong to none. */
export const useCurrentCompanyStore = defineStore('current-company', () => {
  const id = shallowRef<string>()
  return { id }
})
