import { createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeAll, afterAll, describe as group, expect, test, vi } from 'vitest';
import { connect } from '../../../src/db/connection/connect.ts';
import type { ConnectionParameters } from '../../../src/db/connection/parameters.ts';
import { translateFailure } from '../../../src/db/failures.ts';
import { DatabaseError } from '../../../src/errors.ts';
import { startThrowawayCluster, type ThrowawayCluster } from '../../support/cluster.ts';

const password = 'correct-horse-battery';
const name = { applicationName: 'debusine-admin test' };

/** What a server says that asks for no password: accepted, and ready. */
const loggedIn = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');

let cluster: ThrowawayCluster;
let local: ConnectionParameters;

beforeAll(async () => {
  cluster = await startThrowawayCluster();
  const { host, port, user, database } = cluster.connection;
  local = {
    hosts: [{ host, port }],
    user,
    database,
    password,
    sslMode: 'prefer',
    connectTimeoutSeconds: 10,
  };
});

afterAll(() => cluster.stop());
afterEach(() => vi.unstubAllEnvs());

async function failureOf(parameters: ConnectionParameters): Promise<DatabaseError> {
  const outcome = await connect(parameters, name).catch((error: unknown) => error);
  if (!(outcome instanceof DatabaseError)) throw new Error(`not refused: ${inspect(outcome)}`);
  expect(inspect(outcome, { depth: Infinity, showHidden: true })).not.toContain(password);
  return outcome;
}

/** Serves TCP on a free port of this machine for the time of `work`. */
async function withServer<T>(server: Server, work: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    return await work(address.port);
  } finally {
    server.close();
  }
}

group('connect', () => {
  test('gives a session in UTC with our name through a unix socket', async () => {
    const { sql, close } = await connect(local, name);
    const [row] =
      await sql`select current_setting('TimeZone') as zone, current_setting('application_name') as name`;
    await close();
    expect(row).toEqual({ zone: 'UTC', name: 'debusine-admin test' });
  });

  test('logs in without asking the server anything, and works meanwhile when the password is proved', async () => {
    const received: string[] = [];
    const meanwhile = vi.fn();
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        received.push(chunk.toString('latin1'));
        // The password as it is, then the session.
        if (received.length === 1) socket.write(Buffer.from('R\0\0\0\x08\0\0\0\x03', 'latin1'));
        else socket.write(loggedIn);
      });
    });
    await withServer(server, async (port) => {
      const hosts = [{ host: '127.0.0.1', port }];
      const { close } = await connect({ ...local, hosts, sslMode: 'disable' }, { ...name, meanwhile });
      expect(received.map((text) => text.slice(0, 1))).toEqual(['\0', 'p']);
      expect(meanwhile).toHaveBeenCalledOnce();
      await close();
    });
  });

  test('works meanwhile through a unix socket, too', async () => {
    const meanwhile = vi.fn();
    const { close } = await connect(local, { ...name, meanwhile });
    await close();
    expect(meanwhile).toHaveBeenCalledOnce();
  });

  test.each([
    ['28P01', 'database_auth', 'the database refuses the login: as the pooler said'],
    ['3D000', 'database_missing', 'as the pooler said'],
  ])('a pooler that logs in only with the first statement may be refused with %s', async (...words) => {
    const [sqlState, code, message] = words;
    const body = `SFATAL\0VFATAL\0C${sqlState}\0Mas the pooler said\0\0`;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length + 4);
    let count = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        count += 1;
        if (count === 1) socket.write(loggedIn);
        else socket.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(body)]));
      });
    });
    await withServer(server, async (port) => {
      const hosts = [{ host: '127.0.0.1', port }];
      const { sql, close } = await connect({ ...local, hosts, sslMode: 'disable' }, name);
      const failure = translateFailure(await sql`select 1`.catch((error: unknown) => error));
      expect(failure).toBeInstanceOf(DatabaseError);
      expect(failure).toMatchObject({ code, message });
      await close();
    });
  });

  test('passes the options of the server process on', async () => {
    const { sql, close } = await connect({ ...local, options: '-c work_mem=1234kB' }, name);
    const [row] = await sql`show work_mem`;
    await close();
    expect(row).toEqual({ work_mem: '1234kB' });
  });

  test('takes the second host when the first has no server', async () => {
    const hosts = [{ host: '/nonexistent', port: 5432 }, ...local.hosts];
    const { sql, close } = await connect({ ...local, hosts }, name);
    const rows = await sql`select 1 as one`;
    await close();
    expect([...rows]).toEqual([{ one: 1 }]);
  });

  test('a socket without a server is unreachable', async () => {
    const error = await failureOf({ ...local, hosts: [{ host: '/nonexistent', port: 5433 }] });
    expect(error.code).toBe('database_unreachable');
    expect(error.message).toBe(
      'cannot reach the database at /nonexistent/.s.PGSQL.5433 as postgres: there is no server',
    );
  });

  test('a database that does not exist is missing, a role that does not exist is refused', async () => {
    expect((await failureOf({ ...local, database: 'nowhere' })).code).toBe('database_missing');
    expect((await failureOf({ ...local, user: 'nobody-of-that-name' })).code).toBe('database_auth');
  });

  test('a server of another kind than wanted is refused at once, whatever the environment says', async () => {
    vi.stubEnv('PGTARGETSESSIONATTRS', 'any');
    const error = await failureOf({ ...local, targetSessionAttrs: 'standby' });
    expect(error.message).toContain('is not standby');
  });

  test('the environment does not choose the kind of server behind our back', async () => {
    vi.stubEnv('PGTARGETSESSIONATTRS', 'standby');
    const { sql, close } = await connect(local, name);
    const rows = await sql`select 1 as one`;
    await close();
    expect([...rows]).toEqual([{ one: 1 }]);
  });

  test('a server that hangs up without a word is given up at once', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end());
    });
    await withServer(server, async (port) => {
      const error = await failureOf({
        ...local,
        hosts: [{ host: '127.0.0.1', port }],
        sslMode: 'disable',
      });
      expect(error.code).toBe('database_unreachable');
      expect(error.message).toContain('the server hung up');
    });
  });

  test('a server that says nothing is given up when the time is over', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined).resume());
    await withServer(server, async (port) => {
      const error = await failureOf({
        ...local,
        hosts: [{ host: '127.0.0.1', port }],
        connectTimeoutSeconds: 0.3,
      });
      expect(error.code).toBe('database_unreachable');
      expect(error.message).toContain('no answer in time');
    });
  });

  test('checking a certificate without a root certificate is refused before anything is sent', async () => {
    let calls = 0;
    const server = createServer((socket) => {
      calls += 1;
      socket.destroy();
    });
    await withServer(server, async (port) => {
      const hosts = [{ host: '127.0.0.1', port }];
      const error = await failureOf({ ...local, hosts, sslMode: 'verify-ca' });
      expect(error.message).toBe('sslmode=verify-ca needs a root certificate to check with');
      expect(calls).toBe(0);
    });
  });
});
