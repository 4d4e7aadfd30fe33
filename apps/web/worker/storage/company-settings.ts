const STORE = 'companies'

export interface CompanySetting {
  /** Its data are held on this device. */
  kept: boolean
  /** When a page of it was last opened here, in ms since 1970. */
  usedAt: number | null
}

const UNSET: CompanySetting = { kept: true, usedAt: null }

/**
 * What this device was told of each company. In a store of its own beside the local database, which may be deleted and
 * made anew: a company that was sent away must not come back with that.
 */
export class CompanySettings {
  /** Undefined where nothing can be stored: then they hold as long as the worker. */
  readonly #name: string | undefined
  readonly #settings: Map<string, CompanySetting>

  private constructor(name: string | undefined, settings: Map<string, CompanySetting>) {
    this.#name = name
    this.#settings = settings
  }

  /** Reads them; where they cannot be read, nothing was ever set. @param name of the IndexedDB database */
  static async open(name: string): Promise<CompanySettings> {
    const settings = new Map<string, CompanySetting>()
    try {
      // Not made before there is something to keep in it.
      if (!(await indexedDB.databases()).some(({ name: there }) => there === name)) return new CompanySettings(name, settings)
      await inStore(name, 'readonly', (store) => {
        store.openCursor().onsuccess = ({ target }) => {
          const { result: cursor } = target as IDBRequest<IDBCursorWithValue | null>
          if (!cursor) return
          settings.set(String(cursor.key), cursor.value as CompanySetting)
          cursor.continue()
        }
      })
    }
    catch (error) {
      console.warn('The settings of companies could not be read:', error)
      return new CompanySettings(undefined, settings)
    }
    return new CompanySettings(name, settings)
  }

  /** Whether this browser lets this site store anything. */
  get stored(): boolean {
    return this.#name !== undefined
  }

  /** Whether a company's data are to be held here. */
  keeps = (company: string): boolean => this.#of(company).kept

  entries(): [company: string, setting: CompanySetting][] {
    return [...this.#settings]
  }

  /** @throws where it cannot be stored; then it does not hold */
  async keep(company: string, kept: boolean): Promise<void> {
    await this.#change(company, { kept })
  }

  async used(company: string): Promise<void> {
    await this.#change(company, { usedAt: Date.now() })
  }

  /** Forgets companies other than these. @returns whether there were any */
  async keepOf(companies: readonly string[]): Promise<boolean> {
    const others = [...this.#settings.keys()].filter(company => !companies.includes(company))
    for (const company of others) {
      if (this.#name !== undefined) await inStore(this.#name, 'readwrite', store => store.delete(company))
      this.#settings.delete(company)
    }
    return others.length > 0
  }

  async #change(company: string, change: Partial<CompanySetting>): Promise<void> {
    const setting = { ...this.#of(company), ...change }
    if (this.#name !== undefined) await inStore(this.#name, 'readwrite', store => store.put(setting, company))
    this.#settings.set(company, setting)
  }

  #of(company: string): CompanySetting {
    return this.#settings.get(company) ?? UNSET
  }
}

function inStore(name: string, mode: IDBTransactionMode, work: (store: IDBObjectStore) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onerror = () => reject(request.error ?? new Error('The store could not be opened'))
    request.onsuccess = () => {
      const { result: database } = request
      const transaction = database.transaction(STORE, mode)
      transaction.oncomplete = () => {
        database.close()
        resolve()
      }
      transaction.onabort = () => {
        database.close()
        reject(transaction.error ?? new Error('The store could not be written'))
      }
      work(transaction.objectStore(STORE))
    }
  })
}
