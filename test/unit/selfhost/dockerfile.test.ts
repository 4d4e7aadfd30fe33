import { DockerfileParser, type From, type Instruction, type JSONInstruction, type ModifiableInstruction } from 'dockerfile-ast'
import { describe, expect, it } from 'vitest'
import { textOf } from './compose-rules'

const dockerfile = DockerfileParser.parse(textOf('Dockerfile'))
const all = dockerfile.getInstructions()
const of = (keyword: string): Instruction[] => all.filter(instruction => instruction.getKeyword() === keyword)
const last = all.slice(all.lastIndexOf(of('FROM').at(-1) as Instruction))
/** `--from=build` and the like. */
const flagsOf = (instruction: Instruction) => (instruction as ModifiableInstruction).getFlags().map(flag => `--${flag.getName()}=${flag.getValue()}`)
const argumentsOf = (instruction: Instruction) => instruction.getArgumentsContent() ?? ''

describe('the Dockerfile', () => {
  it('takes images of a version, and the same for building as for running', () => {
    const images = dockerfile.getFROMs().map((from: From) => from.getImage() ?? '')
    for (const image of images) expect(image).toMatch(/^[a-z/]+:\d+\.\d+\.\d+(?:-[a-z-]+)?$/)
    expect(new Set(images).size).toBe(1)
    expect(images.length, 'what builds is not in what runs').toBeGreaterThan(1)
  })

  it('runs as a user by number that is not root, and of the last stage nothing runs as root', () => {
    const user = last.find(instruction => instruction.getKeyword() === 'USER')
    expect(argumentsOf(user as Instruction)).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(last.filter(instruction => instruction.getKeyword() === 'RUN')).toEqual([])
  })

  it('copies into what runs the built server and nothing else', () => {
    const copies = last.filter(instruction => instruction.getKeyword() === 'COPY').map(copy => [...flagsOf(copy), argumentsOf(copy)].join(' '))
    expect(copies).toEqual(['--from=build /build/apps/web/.output ./'])
  })

  it('fetches nothing by ADD and holds no secret', () => {
    expect(of('ADD')).toEqual([])
    for (const instruction of [...of('ENV'), ...of('ARG')]) expect(argumentsOf(instruction)).not.toMatch(/PASSWORD|SECRET|KEY|TOKEN|_URL/)
    expect(of('ARG')).toEqual([])
  })

  it('runs every command in the form that needs no shell, and says whether it is well', () => {
    const commands = [...of('RUN'), ...of('ENTRYPOINT'), ...of('CMD')] as JSONInstruction[]
    for (const command of commands) expect(command.getOpeningBracket(), argumentsOf(command)).not.toBeNull()
    expect(of('ENTRYPOINT').map(argumentsOf)).toEqual(['["node", "server/start.mjs"]'])
    const [health, ...more] = of('HEALTHCHECK')
    expect(more).toEqual([])
    expect(flagsOf(health as Instruction).join(' ')).toMatch(/--timeout=\d+s/)
    expect(argumentsOf(health as Instruction)).toMatch(/^CMD \["node", "-e", ".*\/api\/health/)
  })

  it('installs what the lockfile says by the pnpm that the project names', () => {
    const { packageManager } = JSON.parse(textOf('package.json')) as { packageManager: string }
    const runs = of('RUN').map(argumentsOf)
    expect(runs[0]).toBe(`["npm", "install", "--global", "${packageManager}"]`)
    expect(runs[1]).toBe('["pnpm", "install", "--frozen-lockfile"]')
    const copied = of('COPY').map(argumentsOf).join(' ')
    for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'apps/web/package.json', 'apps/embedded/package.json']) expect(copied).toContain(file)
  })

  it('has no Node older than the project asks for', () => {
    const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } }
    const [least = 0] = (/\d+/.exec(engines.node) ?? []).map(Number)
    expect(Number(/node:(\d+)/.exec(dockerfile.getFROMs()[0]?.getImage() ?? '')?.[1])).toBeGreaterThanOrEqual(least)
  })
})

it('.dockerignore keeps secrets, data and what was built elsewhere out of the image', () => {
  const left = textOf('.dockerignore').split('\n')
  for (const path of ['.git', '.data', '.env', '.env.*', '**/node_modules', '**/.output', '**/.nuxt', 'apps/web/public/workers']) expect(left).toContain(path)
})
