/** The origin's private file system in memory, as far as pages use it; happy-dom has none. A file is replaced when its stream is closed. */
class Folder {
  readonly folders = new Map<string, Folder>()
  readonly files = new Map<string, string>()

  getDirectoryHandle(name: string, { create = false } = {}): Promise<Folder> {
    const found = this.folders.get(name) ?? (create ? new Folder() : undefined)
    if (!found) return Promise.reject(new DOMException('none', 'NotFoundError'))
    this.folders.set(name, found)
    return Promise.resolve(found)
  }

  getFileHandle(name: string, { create = false } = {}) {
    if (!this.files.has(name) && !create) return Promise.reject(new DOMException('none', 'NotFoundError'))
    return Promise.resolve({
      getFile: () => Promise.resolve({ text: () => Promise.resolve(this.files.get(name) ?? '') }),
      createWritable: () => {
        let written = ''
        return Promise.resolve({
          write: (text: string) => {
            written += text
            return Promise.resolve()
          },
          close: () => {
            this.files.set(name, written)
            return Promise.resolve()
          },
        })
      },
    })
  }

  removeEntry(name: string): Promise<void> {
    const existed = this.folders.delete(name) || this.files.delete(name)
    return existed ? Promise.resolve() : Promise.reject(new DOMException('none', 'NotFoundError'))
  }

  keys() {
    return [...this.folders.keys(), ...this.files.keys()].values()
  }
}

/** Takes the browser's place, empty. Returns its root. */
export function standOpfs(): Folder {
  const root = new Folder()
  Object.defineProperty(navigator, 'storage', { configurable: true, value: { getDirectory: () => Promise.resolve(root) } })
  return root
}
