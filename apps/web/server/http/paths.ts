/** Whether a request's path (with its query) is for our own routes, and not for a page or a file. */
export const isApi = (path: string) => /^\/api(?:[/?]|$)/.test(path)
