import { answerBody } from '../../../shared/protocol/answers'
import { LEADS_PATH } from '../../../shared/protocol/leads'
import type { Browser } from '../../support/browser'
import { Front } from '../../support/front'
import type { Stack } from '../../support/stack'

/** What something on the road answers leads with, in the server's place. */
const REFUSALS = {
  200: '<html><title>Welcome</title>Sign in to the network.</html>', 407: '<html><title>Proxy</title></html>',
  404: answerBody('not_found'), 429: answerBody('too_many_requests'), 500: answerBody('internal'), 503: answerBody('database_unavailable'),
}

export type RoadStep =
  /** The cable is out: the browser knows (`told`), or finds out. */
  | { do: 'unplug', told: boolean }
  | { do: 'plug-in' | 'cut-off' | 'calm' }
  /** Leads are answered so by something on the road: in the server's words, or with a hotel's page. */
  | { do: 'refuse', status: keyof typeof REFUSALS }
  /** The server takes so many times what is sent, and its answer is lost. */
  | { do: 'lose', times: number }

/** The road between a tablet and the servers. */
export class TabletRoad {
  readonly #front: Front
  #isTold = false

  private constructor(front: Front) {
    this.#front = front
  }

  static async before(stack: Stack): Promise<TabletRoad> {
    return new TabletRoad(await Front.before(stack.replicas, { secure: true }))
  }

  get origin(): string {
    return this.#front.origin
  }

  async take(step: RoadStep, browser: Browser): Promise<void> {
    const front = this.#front
    switch (step.do) {
      case 'unplug': {
        front.unplug()
        this.#isTold = step.told
        return this.tell(browser)
      }
      case 'plug-in': return this.#plugIn(browser)
      case 'cut-off': {
        front.unplug()
        return this.#plugIn(browser)
      }
      case 'refuse': return front.refuse([LEADS_PATH], step.status, REFUSALS[step.status])
      case 'lose': return front.lose(LEADS_PATH, step.times)
      case 'calm': {
        front.allow()
        front.lose(LEADS_PATH, 0)
        return this.#plugIn(browser)
      }
    }
  }

  /** Says to a browser, which may be a new one, whether there is a network. */
  async tell(browser: Browser): Promise<void> {
    await browser.context.setOffline(this.#isTold)
  }

  stop(): Promise<void> {
    return this.#front.stop()
  }

  async #plugIn(browser: Browser): Promise<void> {
    this.#front.plugIn()
    this.#isTold = false
    await this.tell(browser)
  }
}
