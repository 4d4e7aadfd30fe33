/**
 * The folders of an origin's private file system and its IndexedDB databases, as far as deleting goes; happy-dom has
 * neither. `held` are folders that another tab has open: Chromium refuses to remove those.
 */
export class Device {
  readonly folders = new Set<string>()
  readonly databases = new Set<string>()
  readonly held = new Set<string>()
  /** How often the removal of a held folder was tried. */
  refused = 0

  /** Takes the browser's place with nothing stored. */
  clear(): void {
    for (const names of [this.folders, this.databases, this.held]) names.clear()
    this.refused = 0
    const root = {
      keys: () => [...this.folders].values(),
      removeEntry: (name: string) => {
        if (this.held.has(name)) {
          this.refused++
          return Promise.reject(new DOMException('held', 'NoModificationAllowedError'))
        }
        this.folders.delete(name)
        return Promise.resolve()
      },
    }
    Object.defineProperty(navigator, 'storage', { configurable: true, value: { getDirectory: () => Promise.resolve(root) } })
    Object.assign(globalThis, { indexedDB: {
      open: (name: string) => {
        const request: { result: object, onupgradeneeded?: () => void, onsuccess?: () => void } = { result: { createObjectStore: () => {}, close: () => {} } }
        queueMicrotask(() => {
          this.databases.add(name)
          request.onupgradeneeded?.()
          request.onsuccess?.()
        })
        return request
      },
      databases: () => Promise.resolve([...this.databases].map(name => ({ name }))),
      deleteDatabase: (name: string) => {
        const request: { onsuccess?: () => void } = {}
        queueMicrotask(() => {
          this.databases.delete(name)
          request.onsuccess?.()
        })
        return request
      },
    } })
  }
}
