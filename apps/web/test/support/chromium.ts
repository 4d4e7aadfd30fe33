import { existsSync } from 'node:fs'
import { chromium, type BrowserContext } from 'playwright-core'
import { certificate } from './certificate'

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
const SHELL = 'chromium-headless-shell'
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** The address bar is a page of its own in new Chromiums, opened with every window that nobody looks at: 1.7 of the 4.2 s of CPU that a start takes. */
const ADDRESS_BAR = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup']
/** What playwright turns off by itself; of two lists Chromium takes the last. */
const PLAYWRIGHTS = [
  'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter',
  'PaintHolding', 'ThirdPartyStoragePartitioning', 'AvoidCorsURLLoaderRestartOnRedirect', 'TcpPortRandomizationWin', 'OptimizationHints',
  'NetworkTimeServiceQuerying', 'AimEnabled', 'PreconnectToSearch',
]

/** Where the browser is: CHROMIUM_PATH, or one on the system. Throws with what to do. */
export function chromiumPath(): string {
  const found = process.env.CHROMIUM_PATH ?? onPath(NAMES)
  if (!found) throw new Error('No Chromium found. Set CHROMIUM_PATH to one, or install the package chromium.')
  return found
}

/** The browser without its windows and menus, where there is one and no other was asked for: it starts in half of the time. */
const shellPath = () => process.env.CHROMIUM_SHELL_PATH ?? (process.env.CHROMIUM_PATH ? undefined : onPath([SHELL]))

function onPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(':')
  return names.flatMap(name => folders.map(folder => `${folder}/${name}`)).find(file => existsSync(file))
}

/**
 * PGlite's wasm compiled once and not again: the second, slower compiler takes half of a visit's CPU (20.4 s became 10.6 s
 * until a copy was complete, on two cores), and what a scene is about is the same in both. What measures runs as a person's
 * browser does, and so does the new user's journey.
 */
const QUICK = ['--js-flags=--liftoff-only']

export interface Launch {
  /** Whether the app may be kept on the device: 25 MB a visit, which tests about something else do without. */
  keepsApp?: boolean
  /** As a person has it: wasm in its best form, and things that move. Where not said, outside of vitest only. */
  asPersonsHave?: boolean
}

/**
 * Starts the browser without a window.
 * @param profile a folder, new or left by another process
 */
export async function launchChromium(profile: string, { keepsApp = false, asPersonsHave = process.env.VITEST === undefined }: Launch = {}): Promise<BrowserContext> {
  const { fingerprint } = await certificate()
  const flags = [...FLAGS, `--ignore-certificate-errors-spki-list=${fingerprint}`, `--disable-features=${[...PLAYWRIGHTS, ...ADDRESS_BAR].join(',')}`, ...asPersonsHave ? [] : QUICK]
  return chromium.launchPersistentContext(profile, {
    executablePath: (asPersonsHave ? undefined : shellPath()) ?? chromiumPath(), headless: true, args: flags, chromiumSandbox: false, viewport: { width: 1280, height: 900 },
    serviceWorkers: keepsApp ? 'allow' : 'block', reducedMotion: asPersonsHave ? 'no-preference' : 'reduce',
    // What playwright fetches by itself, in the place of the page, knows no fingerprint.
    ignoreHTTPSErrors: true,
  })
}
