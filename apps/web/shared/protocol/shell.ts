/** The address of the page that every page of the app is: one shell that holds nobody's data. */
export const SHELL = '/'

/** Where the service worker lies. */
export const SHELL_WORKER = '/sw.js'
