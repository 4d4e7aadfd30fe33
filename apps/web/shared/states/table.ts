/** What each state becomes by each event. */
export type StateTable<State extends string, Event extends string> = Readonly<Record<State, Readonly<Record<Event, State>>>>

/**
 * A table of states × events from what moves: an event that a state does not name leaves it as it is.
 * @param everywhere what an event does in every state that does not name it
 */
export function stateTable<State extends string, Event extends string>(
  events: readonly Event[], moves: Readonly<Record<State, Partial<Record<Event, State>>>>, everywhere: Partial<Record<Event, State>> = {},
): StateTable<State, Event> {
  const rows = Object.entries<Partial<Record<Event, State>>>(moves)
    .map(([state, named]) => [state, { ...Object.fromEntries(events.map(event => [event, state])), ...everywhere, ...named }])
  return Object.fromEntries(rows) as StateTable<State, Event>
}
