import { Turns } from '../db/turns'
import { PAGES_AT_ONCE } from './upstream'

/** A browser asks for its pages one or two at a time; a person has some browsers. */
const PAGES_A_PERSON = 8

/** Pages take turns by person, so that nobody who takes theirs slowly keeps everybody else from a first sync. */
export const pages = new Turns(PAGES_AT_ONCE, PAGES_A_PERSON)
