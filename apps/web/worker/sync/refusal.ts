import { FetchError } from '@electric-sql/client'
import { ANSWERS, readAnswer } from '#shared/protocol/answers'
import { STORAGE_FULL } from '#shared/protocol/storage'
import { ApplyError } from '../apply/shape-session'
import { StorageFullError } from '../storage/watch'

/** Why a shape does not go on: a code to decide by, a sentence to show. */
export interface Refusal {
  code: string
  sentence: string
}

/** Reads the error of a shape: an answer of our server, a batch that could not be applied, or an answer that makes no sense. */
export function readRefusal(error: Error): Refusal {
  if (error instanceof ApplyError) {
    if (isFull(error.cause)) return { code: STORAGE_FULL.code, sentence: STORAGE_FULL.sentence }
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

/** SQLSTATE disk_full; the other is what PostgreSQL makes of a browser's own refusal to let a file grow. */
const DISK_FULL = ['53100', '58030']

const isFull = (cause: unknown) => cause instanceof StorageFullError
  || (cause instanceof Error && 'code' in cause && DISK_FULL.includes(String(cause.code)))
