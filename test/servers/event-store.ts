/**
 * Keeps every event, so that a stream can be resumed. Shaped to be the `EventStore` of either
 * generation of the official packages.
 */
export class EventStore<Message extends object> {
  readonly #events: { id: string; streamId: string; message: Message }[] = [];

  async storeEvent(streamId: string, message: Message): Promise<string> {
    const id = `event-${this.#events.length + 1}`;
    this.#events.push({ id, streamId, message });
    return id;
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return this.#events.find((event) => event.id === eventId)?.streamId;
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: Message) => Promise<void> },
  ): Promise<string> {
    const from = this.#events.findIndex((event) => event.id === lastEventId);
    const streamId = this.#events[from]?.streamId;
    if (streamId === undefined) throw new Error(`No event ${lastEventId}`);
    for (const { id, streamId: stream, message } of this.#events.slice(from + 1)) {
      // The event that opens a stream carries an empty object, which is no message.
      if (stream === streamId && "jsonrpc" in message) await send(id, message);
    }
    return streamId;
  }
}
