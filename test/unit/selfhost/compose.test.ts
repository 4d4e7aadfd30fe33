import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { readCompose, ROOT, RULES, textOf, waitsFor } from './compose-rules'

const FILES = ['docker-compose.yml', 'docker-compose.prod.yml']
const SECRETS = ['POSTGRES_PASSWORD', 'DATABASE_OWNER_PASSWORD', 'DATABASE_APP_PASSWORD', 'DATABASE_REPLICATION_PASSWORD', 'ELECTRIC_API_KEY', 'NUXT_SESSION_PASSWORD']
const SET: Record<string, string> = { ...Object.fromEntries(SECRETS.map(name => [name, 'a'.repeat(64)])), DOMAIN: 'w.example.com', ACME_EMAIL: 'a@example.com' }
const production = readCompose(textOf('docker-compose.prod.yml'))

/** Debian's parser of compose files, where it is installed. */
const PARSER = spawnSync('docker-compose', ['--version']).status === 0
const parsed = (file: string, env: Record<string, string>) =>
  spawnSync('docker-compose', ['-f', `${ROOT}${file}`, 'config', '--quiet'], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })

describe.each(FILES)('%s', (file) => {
  const compose = readCompose(textOf(file))

  it.each(RULES)('every service $name', ({ broken }) => {
    const wrong = Object.entries(compose.services).flatMap(([name, service]) => {
      const what = broken(service, name, compose)
      return what ? [`${name}: ${what}`] : []
    })
    expect(wrong).toEqual([])
  })

  it('publishes nothing but the edge, or on this machine\'s loopback', () => {
    const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) => ports.map(port => `${name} ${port}`))
    expect(published).toEqual({
      'docker-compose.yml': ['postgres 127.0.0.1:54321:5432', 'electric 127.0.0.1:30000:3000'],
      'docker-compose.prod.yml': ['edge 80:80', 'edge 443:443'],
    }[file])
  })

  it('starts nothing before the secrets were looked at', () => {
    for (const name of Object.keys(compose.services)) {
      // What is started by hand, into what runs.
      if (name === 'secrets' || compose.services[name]?.profiles) continue
      expect([...waitsFor(compose, name)], name).toContain('secrets')
    }
  })

  it('gives every secret that it uses to the look at them', () => {
    const used = new Set([...textOf(file).matchAll(/\$\{(\w*(?:PASSWORD|API_KEY))/g)].map(([, name]) => name ?? ''))
    const looked = (compose.services.secrets?.entrypoint as string[]).slice(2).map(pair => pair.split(':')[0] ?? '')
    expect(looked.toSorted()).toEqual([...used].toSorted())
    expect(Object.keys(compose.services.secrets?.environment ?? {}).toSorted()).toEqual(looked.toSorted())
  })

  it('asks for every variable without which it would not be safe, in a sentence', () => {
    const required = [...new Set([...textOf(file).matchAll(/\$\{(\w+):\?(\w+) is not set\. [A-Z][^}]+\.\}/g)].map(([, name, said]) => name === said ? name : `${name} is called ${said}`))]
    expect(required).toEqual(Object.keys(SET).filter(name => textOf(file).includes(`\${${name}`)))
    // Whatever is left has a value of its own.
    expect([...textOf(file).matchAll(/\$\{\w+\}|\$[A-Z]\w*/g)]).toEqual([])
  })

  // The parser takes a second each time: the one secret that Electric would take empty stands for all, which have one form.
  it.runIf(PARSER)('is a compose file to the parser, which stops where the key is empty', () => {
    expect(parsed(file, SET).stderr).toBe('')
    const { status, stderr } = parsed(file, { ...SET, ELECTRIC_API_KEY: '' })
    expect([status, stderr.includes('ELECTRIC_API_KEY is not set.')]).toEqual([1, true])
  })
})

it('nothing but the app is in both networks, and PostgreSQL and Electric have no way out', () => {
  const networks = Object.fromEntries(Object.entries(production.services).filter(([, { profiles }]) => !profiles).map(([name, { networks = [] }]) => [name, networks.join('+')]))
  expect(networks).toEqual({ secrets: '', postgres: 'data', roles: 'data', migrate: 'data', publication: 'data', electric: 'data', app: 'data+edge', edge: 'edge' })
  expect(production.networks.data).toEqual({ internal: true })
  expect(readCompose(textOf('docker-compose.yml')).networks).toHaveProperty('electric-network')
})

it('the owner of the tables and the superuser are known to what runs once only, and Electric has the key as its secret', () => {
  const knows = (secret: string) => Object.entries(production.services).filter(([, { environment = {} }]) => JSON.stringify(environment).includes(secret)).map(([name]) => name)
  expect(knows('DATABASE_OWNER_PASSWORD')).toEqual(['secrets', 'roles', 'migrate'])
  expect(knows('{POSTGRES_PASSWORD')).toEqual(['secrets', 'postgres', 'roles', 'publication', 'backup', 'restore'])
  expect(knows('NUXT_SESSION_PASSWORD')).toEqual(['secrets', 'app'])
  for (const file of FILES) expect(readCompose(textOf(file)).services.electric?.environment?.ELECTRIC_SECRET).toMatch(/^\$\{ELECTRIC_API_KEY:\?/)
})

it('PostgreSQL is of one version in everything that speaks to it, and Electric is one that asks for its secret everywhere', () => {
  const images = FILES.flatMap(file => Object.values(readCompose(textOf(file)).services).map(({ image = '' }) => image))
  expect([...new Set(images.filter(image => image.startsWith('postgres:')))]).toHaveLength(1)
  const [major = 0, minor = 0, patch = 0] = (/electricsql\/electric:(\d+)\.(\d+)\.(\d+)/.exec(images.join(' ')) ?? []).slice(1).map(Number)
  expect(major * 1_000_000 + minor * 1_000 + patch).toBeGreaterThanOrEqual(1_007_012)
})

it('the image that compose builds has the version of the app', () => {
  const { version } = JSON.parse(textOf('apps/web/package.json')) as { version: string }
  expect(production.services.app?.image).toBe(`multi-vendor-db:${version}`)
  expect(production.services.migrate?.image).toBe(production.services.app?.image)
})

it('the operator\'s document names every variable that the compose files take', () => {
  const taken = new Set(FILES.flatMap(file => [...textOf(file).matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? '')))
  const operations = textOf('docs/operations.md')
  expect([...taken].filter(name => !operations.includes(`\`${name}\``))).toEqual([])
})

describe('the look at the secrets', () => {
  const pairs = production.services.secrets?.entrypoint as string[]
  const look = (env: Record<string, string>) => spawnSync('sh', [`${ROOT}scripts/selfhost/check-secrets.sh`, ...pairs.slice(2)], { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } })

  it('lets secrets pass that are there and long enough, and says none of them', () => {
    expect(look(SET)).toMatchObject({ status: 0, stderr: '', stdout: 'The secrets are there and long enough.\n' })
  })

  it.each(SECRETS)('stops for %s where it is missing, empty, short or unfit for an address', (name) => {
    const { [name]: _, ...without } = SET
    expect(look(without)).toMatchObject({ status: 1, stderr: expect.stringMatching(new RegExp(`^${name} is not set: .+\\.\n$`)) })
    expect(look({ ...SET, [name]: '' })).toMatchObject({ status: 1, stderr: expect.stringMatching(new RegExp(`^${name} is not set: `)) })
    expect(look({ ...SET, [name]: 'a'.repeat(31) })).toMatchObject({ status: 1, stderr: expect.stringMatching(new RegExp(`^${name} is shorter than 32 characters: .+\\.\n$`)) })
    const unfit = look({ ...SET, [name]: `${'a'.repeat(40)}@/:` })
    expect(unfit).toMatchObject({ status: 1, stderr: expect.stringMatching(new RegExp(`^${name} has a character beside`)) })
    expect(unfit.stderr).not.toContain('aaaa')
  })

  it('is passed by what make-env.sh makes, which is for its owner only and never made over', () => {
    const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
    try {
      const make = () => spawnSync('sh', [`${ROOT}scripts/selfhost/make-env.sh`, 'w.example.com', 'a@example.com'], { encoding: 'utf8', cwd: folder })
      expect(make().status).toBe(0)
      const text = execFileSync('cat', ['.env'], { cwd: folder, encoding: 'utf8' })
      expect(execFileSync('stat', ['-c', '%a', '.env'], { cwd: folder, encoding: 'utf8' }).trim()).toBe('600')
      const made = Object.fromEntries(text.trim().split('\n').map(line => line.split('=') as [string, string]))
      expect(look(made).status).toBe(0)
      expect(new Set(SECRETS.map(name => made[name])).size, 'each its own').toBe(SECRETS.length)
      expect(make()).toMatchObject({ status: 1, stderr: expect.stringContaining('is there already and is left as it is') })
      expect(execFileSync('cat', ['.env'], { cwd: folder, encoding: 'utf8' })).toBe(text)
    }
    finally {
      execFileSync('rm', ['-rf', folder])
    }
  })
})
