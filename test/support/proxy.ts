/** A way to the server that can be cut, stalled or garbled at any message. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from './database.ts';

/** Who sends the message that something happens to. */
export type Direction = 'client' | 'server';

/**
 * - `cut`: the connection ends before the message
 * - `halve`: half of the message arrives, then the connection ends
 * - `stall`: nothing arrives any more, in either direction
 * - `garble-kind`, `garble-length`, `garble-body`: the message arrives with a byte of that part changed
 */
export const damages = ['cut', 'halve', 'stall', 'garble-kind', 'garble-length', 'garble-body'] as const;
export type Damage = (typeof damages)[number];

export interface Plan {
  readonly direction: Direction;
  /** Counted from 1, on each connection anew. */
  readonly message: number;
  readonly damage: Damage;
  /** Only so many connections are damaged; the others pass. */
  readonly connections?: number;
}

export interface Proxy {
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** How many messages of that direction the longest connection had. */
  messages(direction: Direction): number;
  close(): Promise<void>;
}

/** A proxy before the server of the database; without a plan it only counts. */
export async function startProxy(database: TestDatabase, plan?: Plan): Promise<Proxy> {
  const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
  const { host, port, user } = database.server;
  const sockets = new Set<Socket>();
  const most = { client: 0, server: 0 };
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const isDamaged = plan !== undefined && connections <= (plan.connections ?? Infinity);
    const upstream = createConnection(join(host, `.s.PGSQL.${port}`));
    let isStalled = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    const pass = (direction: Direction, from: Socket, to: Socket): void => {
      const split = splitter(direction === 'client');
      let count = 0;
      from.on('data', (chunk: Buffer) => {
        for (const message of split(chunk)) {
          if (isStalled) return;
          count += 1;
          most[direction] = Math.max(most[direction], count);
          if (!isDamaged || plan.direction !== direction || plan.message !== count) {
            to.write(message);
            continue;
          }
          switch (plan.damage) {
            case 'cut':
              end();
              return;
            case 'halve':
              to.end(message.subarray(0, Math.ceil(message.length / 2)));
              from.destroy();
              return;
            case 'stall':
              isStalled = true;
              return;
            case 'garble-kind':
              to.write(changed(message, 0));
              break;
            case 'garble-length':
              to.write(changed(message, 1));
              break;
            case 'garble-body':
              to.write(changed(message, Math.floor((5 + message.length) / 2)));
          }
        }
      });
    };
    pass('client', client, upstream);
    pass('server', upstream, client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        if (!isStalled) end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(join(directory, '.s.PGSQL.5432'), resolve));
  return {
    url: `postgres://${user}@localhost/${database.name}?host=${encodeURIComponent(directory)}`,
    get connections() {
      return connections;
    },
    messages: (direction) => most[direction],
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Cuts the bytes of one direction into messages. The first one of a client has no letter. */
function splitter(isClient: boolean): (chunk: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0);
  let hasGreeted = !isClient;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const messages: Buffer[] = [];
    for (;;) {
      const head = hasGreeted ? 1 : 0;
      if (rest.length < head + 4) return messages;
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end) return messages;
      hasGreeted = true;
      messages.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}

/** A copy with one byte changed; the last one when there is none at that place. */
function changed(message: Buffer, at: number): Buffer {
  const copy = Buffer.from(message);
  const where = Math.min(at, copy.length - 1);
  copy[where] = (copy[where] ?? 0) ^ 0x55;
  return copy;
}
