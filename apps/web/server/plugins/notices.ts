import { hearNotices } from '../notices/index'

/** Changes at one replica reach the streams of the others. */
export default defineNitroPlugin((nitro) => {
  const stop = hearNotices()
  nitro.hooks.hook('close', stop)
})
