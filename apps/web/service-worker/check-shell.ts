import { SHELL } from '../shared/protocol/shell'

/**
 * The page itself is made by the server, so that no hash of it is known beforehand: it must name the version. What a
 * captive portal or a proxy answers in its place, with status 200 as well, ends the installation.
 */
export const checkShell = (version: string) => ({
  async cacheWillUpdate({ request, response }: { request: Request, response: Response }): Promise<Response | null> {
    if (!response.ok || response.redirected) return null
    if (new URL(request.url).pathname !== SHELL) return response
    return (await response.clone().text()).includes(version) ? response : null
  },
})
