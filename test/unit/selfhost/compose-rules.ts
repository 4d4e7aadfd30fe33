import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface Service {
  image?: string
  build?: unknown
  user?: string
  command?: string[] | string
  entrypoint?: string[] | string
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  networks?: string[]
  network_mode?: string
  depends_on?: string[] | Record<string, { condition: string }>
  restart?: string
  healthcheck?: { test: string[] }
  read_only?: boolean
  cap_drop?: string[]
  cap_add?: string[]
  security_opt?: string[]
  privileged?: boolean
  logging?: { driver: string, options: Record<string, string> }
  mem_limit?: string
  cpus?: number
  pids_limit?: number
  profiles?: string[]
  pid?: string
  ipc?: string
}

export interface Compose {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean } | null>
  volumes: Record<string, unknown>
}

export const textOf = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8')
export const readCompose = (text: string) => parse(text, { merge: true }) as Compose

/** Service that ends by itself: it has no health, and is not started again. */
const isOnce = ({ restart }: Service) => restart === 'no'

const VERSIONED = /:\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?$/
const SECRET_NAME = /PASSWORD|SECRET|API_KEY|TOKEN/
/** `${NAME:?sentence}`: missing or empty, compose stops with the sentence. */
const REQUIRED = /^\$\{[A-Z_]+:\?[A-Z][^}]{20,}\.\}$/
/** Second key, there only while one is changed: nothing is opened by an empty one. */
const SPARE = /^\$\{\w+_(?:NEXT|OLD):-\}$/
const INSECURE = /insecure|trust\b|sslmode=disable|latest|--privileged|docker\.sock/i

export interface Rule {
  name: string
  /** Out: what is wrong, or nothing. */
  broken(service: Service, name: string, compose: Compose): string | false | undefined
}

/** What holds for every service of both files. */
export const RULES: Rule[] = [
  { name: 'has an image of a version', broken: ({ image = '' }) => !VERSIONED.test(image) && `image ${image}` },
  { name: 'has a root that it cannot write to', broken: ({ read_only }) => read_only !== true && 'read_only is not true' },
  { name: 'has no capabilities, the edge that of its ports alone', broken: ({ cap_drop, cap_add = [] }, name) =>
    cap_drop?.join() !== 'ALL' ? 'cap_drop is not ALL' : cap_add.join() !== (name === 'edge' ? 'NET_BIND_SERVICE' : '') && `cap_add ${cap_add.join()}` },
  { name: 'cannot gain privileges', broken: ({ security_opt = [], privileged }) => (!security_opt.includes('no-new-privileges:true') || privileged !== undefined) && 'security_opt or privileged' },
  { name: 'shares nothing of the machine', broken: ({ pid, ipc, network_mode }) => (pid ?? ipc ?? (network_mode === 'none' ? undefined : network_mode)) },
  { name: 'has a bounded log', broken: ({ logging }) => !(logging?.driver === 'json-file' && logging.options['max-size'] && logging.options['max-file']) && 'logging' },
  { name: 'has limits of memory, processors and processes', broken: ({ mem_limit, cpus, pids_limit }) => !(mem_limit && cpus && pids_limit) && 'mem_limit, cpus or pids_limit' },
  { name: 'is started again, or once', broken: ({ restart }) => !['unless-stopped', 'no'].includes(restart ?? '') && `restart ${restart}` },
  { name: 'says whether it is well, where it stays', broken: service => !isOnce(service) && service.healthcheck?.test[0] !== 'CMD' && 'healthcheck' },
  { name: 'runs its command without a shell between', broken: ({ command = [], entrypoint = [] }) => ![command, entrypoint].every(Array.isArray) && 'command or entrypoint is text' },
  { name: 'has every secret by a variable that must be set, but the second of one that is being changed', broken({ environment = {} }) {
    return Object.entries(environment).find(([name, value]) => SECRET_NAME.test(name) && !(REQUIRED.test(value) || SPARE.test(value)))?.[0]
  } },
  { name: 'has no password in an address but by such a variable', broken({ environment = {} }) {
    return Object.entries(environment).find(([, value]) => /:\/\/[^/@:]*:[^@]*@/.test(value) && !/:\/\/\w+:\$\{[A-Z_]+:\?[A-Z][^}]{20,}\.\}@/.test(value))?.[0]
  } },
  { name: 'has nothing insecure', broken: service => INSECURE.exec(JSON.stringify(service))?.[0] },
  { name: 'mounts of the sources what it may not write', broken: ({ volumes = [] }) => volumes.find(volume => volume.startsWith('.') && !volume.endsWith(':ro')) },
  { name: 'keeps what it writes in a volume that has a name', broken: ({ volumes = [] }, _, { volumes: known }) => volumes.find(volume => !volume.startsWith('.') && !((volume.split(':')[0] ?? '') in known)) },
  { name: 'waits for what it needs to be there', broken: ({ depends_on = {} }) => !Array.isArray(depends_on) && Object.values(depends_on).find(({ condition }) => condition === 'service_started')?.condition },
]

/** Names of services that a service waits for, directly or not. */
export function waitsFor(compose: Compose, name: string): Set<string> {
  const found = new Set<string>()
  const add = (one: string) => {
    const { depends_on = {} } = compose.services[one] ?? {}
    for (const next of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on)) {
      if (found.has(next)) continue
      found.add(next)
      add(next)
    }
  }
  add(name)
  return found
}
