import { FetchError } from '@electric-sql/client'
import { ANSWERS, readAnswer } from '#shared/protocol/answers'
import { ApplyError } from '../apply/shape-session'

/** Why a shape does not go on: a code to decide by, a sentence to show. */
export interface Refusal {
  code: string
  sentence: string
}

/** Reads the error of a shape: an answer of our server, a batch that could not be applied, or an answer that makes no sense. */
export function readRefusal(error: Error): Refusal {
  if (error instanceof ApplyError) {
    return { code: 'apply_failed', sentence: `What the server sent could not be stored on this device: ${error.message}. It is tried again.` }
  }
  if (error instanceof FetchError) {
    const answer = readAnswer(error.json)
    // A code under another status is not our server's word: it may delete what is here.
    if (answer && ANSWERS[answer.code].status === error.status) return { code: answer.code, sentence: answer.message }
    return { code: 'network', sentence: `The server answered ${error.status}. It is tried again.` }
  }
  return { code: 'network', sentence: 'The server\'s answer made no sense. It is tried again.' }
}
