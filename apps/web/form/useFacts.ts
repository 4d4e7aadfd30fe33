import { useEventListener } from '@vueuse/core'
import { openDB } from 'idb'
import { shallowReadonly, shallowRef, type Ref } from 'vue'
import { formFacts, formPath, type FormFacts } from '#shared/leads/form'
import { readAnswer } from '#shared/protocol/answers'

/** Nothing of a visitor: what forms said of themselves at the last visit. Strict, as local storage is not: a tablet may be switched off at once. */
const FACTS = 'device-forms'

/**
 * What the form of a company says of itself: at once as it was known here, then as the server has it.
 * @param company its short name or key, from the address
 */
export function useFacts(company: string): { facts: Readonly<Ref<FormFacts | undefined>>, state: Readonly<Ref<'loading' | 'here' | 'unknown' | 'unreachable'>> } {
  const facts = shallowRef<FormFacts>()
  const state = shallowRef<'loading' | 'here' | 'unknown' | 'unreachable'>('loading')

  async function ask(): Promise<void> {
    try {
      const response = await fetch(formPath(company))
      const body: unknown = await response.json()
      if (response.ok) {
        facts.value = formFacts.parse(body)
        state.value = 'here'
        await keep(company, facts.value)
      }
      // Leads that wait for a company that is gone are still sent: the server says what becomes of them.
      else if (readAnswer(body)?.code === 'not_found') state.value = facts.value ? 'here' : 'unknown'
      else throw new Error(`status ${response.status}`)
    }
    catch {
      if (!facts.value) state.value = 'unreachable'
    }
  }
  async function open(): Promise<void> {
    const known = await kept(company)
    if (known && !facts.value) {
      facts.value = known
      state.value = 'here'
    }
  }
  useEventListener(window, 'online', () => void ask())
  void open()
  void ask()
  return { facts: shallowReadonly(facts), state: shallowReadonly(state) }
}

const database = () => openDB(FACTS, 1, { upgrade: made => void made.createObjectStore('facts') })

async function kept(company: string): Promise<FormFacts | undefined> {
  try {
    const there = await database()
    const read = formFacts.safeParse(await there.get('facts', company))
    there.close()
    return read.data
  }
  catch {
    return undefined
  }
}

async function keep(company: string, facts: FormFacts): Promise<void> {
  try {
    const there = await database()
    const tx = there.transaction('facts', 'readwrite', { durability: 'strict' })
    await tx.store.put(facts, company)
    await tx.done
    there.close()
  }
  catch {
    // The next visit needs the network then.
  }
}
