/** Messages to workers. The layer works without anybody who sends them. Source: models.md 2.6. */

/** What a worker is told. */
export interface WorkerMessage {
  readonly type: 'worker.disabled' | 'work_request.assigned';
}

/** Sends messages; handed in by whoever has a message bus. */
export interface Notifier {
  /** @param channel hash of the worker's token */
  send(channel: string, message: WorkerMessage): Promise<void> | void;
}
