import type { Step, Story } from './story'

/**
 * Makes a failing story shorter: leaves parts of its steps out as long as it goes on failing (delta debugging), then folders.
 * @param fails tells a story and says whether it fails @param tries how many may be told
 */
export async function shrink(story: Story, fails: (story: Story) => Promise<boolean>, tries = 40): Promise<Story> {
  let left = tries
  let best = story
  const attempt = async (next: Story) => {
    if (left-- <= 0 || !await fails(next)) return false
    best = next
    return true
  }
  let parts = 2
  while (left > 0 && best.steps.length > 0) {
    const size = Math.ceil(best.steps.length / parts)
    let isShorter = false
    for (let from = 0; from < best.steps.length && left > 0; from += size) {
      const steps: Step[] = [...best.steps.slice(0, from), ...best.steps.slice(from + size)]
      if (await attempt({ ...best, steps })) {
        isShorter = true
        break
      }
    }
    if (isShorter) parts = Math.max(2, parts - 1)
    else if (size === 1) break
    else parts = Math.min(best.steps.length, parts * 2)
  }
  await attempt({ ...best, folders: best.folders.map(() => 2) })
  return best
}
