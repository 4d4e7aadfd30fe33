import { App, type Starting } from './app'
import { freePort } from '../../support/child'

export interface Sample { name: string, labels: Record<string, string>, value: number }

/** What a server's metrics said at one time. */
export class Scrape {
  readonly text: string
  readonly samples: Sample[]

  private constructor(text: string) {
    this.text = text
    this.samples = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      return name === undefined ? [] : [{ name, value: Number(value), labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text])) }]
    })
  }

  static async of(url: string): Promise<Scrape> {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    return new Scrape(await response.text())
  }

  /** The sum of the samples of a name that have these labels; undefined where there is none. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.samples.filter(sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
  }

  /** Every metric that is told of, with samples or without. */
  get names(): Set<string> {
    return new Set([...this.text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name))
  }
}

/** Starts a server that is measured. Out: it, and how to ask for its metrics. */
export async function startMeasured(env: Record<string, string> = {}, how: Starting = {}): Promise<{ app: App, url: string, scrape: () => Promise<Scrape> }> {
  const port = await freePort()
  const app = await App.start({ METRICS_PORT: String(port), ...env }, how)
  const url = `http://127.0.0.1:${port}/metrics`
  return { app, url, scrape: () => Scrape.of(url) }
}
