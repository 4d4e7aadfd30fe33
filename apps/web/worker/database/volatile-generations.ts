import { FIRST, Generations, type Generation } from './generations'

/**
 * For a browser that lets this site store nothing: the database is in the worker's memory and ends with it, so that no
 * record of it can outlive it and nothing of it has to be deleted.
 */
export class VolatileGenerations extends Generations {
  override readonly stored = false
  #generation: Generation = FIRST

  override async current(): Promise<Generation> {
    return this.#generation
  }

  override async purgeBegins(shapes: readonly string[]): Promise<void> {
    const { number, purging } = this.#generation
    this.#generation = { number, purging: [...new Set([...purging, ...shapes])] }
  }

  override async purged(shapes: readonly string[]): Promise<void> {
    await this.commit(this.#generation.number, shapes)
  }

  override async commit(number: number, shapes: readonly string[]): Promise<void> {
    this.#generation = { number, purging: this.#generation.purging.filter(key => !shapes.includes(key)) }
  }

  override async startOver(): Promise<void> {
    this.#generation = { number: this.#generation.number + 2, purging: [] }
  }

  override async deleteOthers(): Promise<void> {}
  override async deleteAll(): Promise<void> {}
  override async deleteOtherVersions(): Promise<void> {}
}
