/** Asks once for all who ask within so many ms: what anybody may ask often must not ask others as often. */
export function kept<Answer>(ms: number, ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  let at = -Infinity
  return () => {
    if (!answer || performance.now() - at > ms) {
      at = performance.now()
      answer = ask()
    }
    return answer
  }
}
