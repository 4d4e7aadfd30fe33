/** What waits on one road is to wait on the other: from the stream to the long poll, or back. */
export class RoadChanged extends Error {
  override readonly name = 'RoadChanged'
}
