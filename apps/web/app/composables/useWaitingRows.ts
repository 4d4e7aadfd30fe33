import { computed, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter } from 'vue'

export interface WaitingRows<Row> {
  /** What the list shows. */
  readonly shown: ComputedRef<readonly Row[]>
  /** How many have come since somebody reads further down, and would push what they read away. */
  readonly waiting: ComputedRef<number>
  /** Shows them. */
  readonly let: () => void
}

/**
 * The rows of a live list that keeps its place: while somebody reads further down, what comes above the last row that they
 * have waits until they ask for it, or are at the top again.
 * @param reading whether somebody reads further down
 * @param question what the rows answer: another question is another list
 */
export function useWaitingRows<Row extends { readonly id: string }>(rows: MaybeRefOrGetter<readonly Row[]>, reading: MaybeRefOrGetter<boolean>, question: MaybeRefOrGetter<string>): WaitingRows<Row> {
  /** What was there when the reading began; undefined while everything is shown. */
  const known = shallowRef<ReadonlySet<string>>()
  const idsNow = () => new Set(toValue(rows).map(({ id }) => id))
  watch(() => toValue(reading), (now) => { known.value = now ? idsNow() : undefined }, { immediate: true, flush: 'sync' })
  watch(() => toValue(question), () => { known.value = undefined }, { flush: 'sync' })

  const held = computed(() => {
    const [ids, all] = [known.value, toValue(rows)]
    if (!ids) return new Set<string>()
    const last = all.findLastIndex(({ id }) => ids.has(id))
    return new Set(all.slice(0, last + 1).flatMap(({ id }) => ids.has(id) ? [] : [id]))
  })
  return {
    shown: computed(() => held.value.size === 0 ? toValue(rows) : toValue(rows).filter(({ id }) => !held.value.has(id))),
    waiting: computed(() => held.value.size),
    let() { known.value = idsNow() },
  }
}
