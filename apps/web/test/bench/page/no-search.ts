/** In place of the worker's SearchIndex: what the first sync costs where nothing is taken up for search. */
export class SearchIndex {
  wake(): void {}

  async stop(): Promise<void> {}
}
