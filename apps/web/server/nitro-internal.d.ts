/** Nitro's own, which its package keeps from the types: what its entry for a Node server does beside listening. */
declare module 'nitropack/runtime/internal' {
  import type { Server } from 'node:http'
  import type { NitroApp } from 'nitropack/types'

  /** At SIGTERM and SIGINT: takes no new connections, waits for what runs, closes the app, ends. */
  export function setupGracefulShutdown(listener: Server, nitroApp: NitroApp): void
  /** Logs what nobody caught, and goes on. */
  export function trapUnhandledNodeErrors(): void
}
