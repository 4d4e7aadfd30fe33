import type { H3Event } from 'h3'

/** What a request says that its body is, without parameters; empty where it says nothing. */
export const mediaType = (event: H3Event): string => getRequestHeader(event, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
