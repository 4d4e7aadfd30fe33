import { shallowRef, type Ref } from 'vue'
import { serverConfig, type AppConfig } from '../utils/server-api'

/** What the server says of itself before anybody signs in; undefined until, or unless, it answers. */
export function useServerConfig(): Readonly<Ref<AppConfig | undefined>> {
  const config = shallowRef<AppConfig>()
  serverConfig().then((answer) => { config.value = answer }, () => {})
  return config
}
