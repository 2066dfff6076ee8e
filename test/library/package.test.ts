import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { aUser } from '../support/factories.ts';
import { test } from '../support/database.ts';
import { makeScratchProject, type ScratchProject } from './scratch-project.ts';

const guide = readFileSync(new URL('../../docs/library.md', import.meta.url), 'utf8');
const examples = [...guide.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code);

/** What a consumer relies on, beyond the examples: types that are neither `any` nor too wide. */
const consumer = `
import { asId, type Db, expiry, files, now, type Timestamp, timestamp, tokens, workRequests } from 'debusine-admin';

export async function use(db: Db): Promise<void> {
  const [token] = await tokens.getTokens(db, { username: 'alice' });
  const comment: string | undefined = token?.comment;
  const made: Timestamp | undefined = token?.createdAt;
  // @ts-expect-error the id of a token is none of a work request
  await workRequests.get(db, token!.id);
  // @ts-expect-error there is no such result
  await workRequests.markCompleted(db, asId(1), { result: 'passed' }, now());
  // @ts-expect-error a Date holds milliseconds only
  await workRequests.markAborted(db, asId(1), new Date());
  await workRequests.markAborted(db, asId(1), timestamp('2024-05-01'));
  const file: Buffer = files.hashDigest(await files.get(db, asId(1)));
  const dryRun: typeof expiry.dryRun = expiry.dryRun;
  void [comment, made, file, dryRun];
}
`;

let project: ScratchProject;

beforeAll(async () => {
  project = await makeScratchProject();
});

afterAll(() => project.remove());

describe('the package, imported by its name in another project', () => {
  test('has types that hold for a consumer and for the examples of the guide', async () => {
    await project.write('consumer.ts', consumer);
    for (const [number, code] of examples.entries()) await project.write(`example-${number}.ts`, code);

    expect(await project.typeCheck()).toEqual([]);
  });

  test('runs the examples of the guide against a database', async ({ database }) => {
    const user = await aUser(database.db, { username: 'ci', email: 'ci@example.org' });
    const outputs: string[] = [];
    for (const [number, code] of examples.entries()) {
      const { code: plain } = await transform(code, { loader: 'ts', format: 'esm', target: 'node20' });
      await project.write(`example-${number}.js`, plain);
      outputs.push(await project.node(`example-${number}.js`, { DATABASE_URL: database.url }));
    }

    expect(outputs).toEqual([
      `${user.email} 0\n`,
      'true completed success\n',
      'noop System success\n',
      'backend: "docker" is not one of auto, unshare, schroot, incus-lxc, incus-vm, qemu\n',
    ]);
  });

  test('makes the schema in an empty database, and refuses to work with one that has none', async ({
    database,
  }) => {
    await database.db.execute('select 1');
    const { createTestDatabase } = await import('../support/database.ts');
    const empty = await createTestDatabase('empty');
    try {
      await project.write(
        'migrate.js',
        `import { DatabaseError, migrations, openDatabase, workspaces } from 'debusine-admin';
        const url = process.env.DATABASE_URL;
        await openDatabase(url).catch((error) => console.log(error instanceof DatabaseError, error.code));
        const database = await openDatabase(url, { anyLevel: true });
        const { to } = await migrations.migrate(database.db);
        await database.close();
        const again = await openDatabase(url);
        console.log(to, (await workspaces.getByName(again.db, 'System')).name);
        await again.close();
        await again.close();`,
      );
      expect(await project.node('migrate.js', { DATABASE_URL: empty.url })).toBe(
        'true schema_missing\n0041 System\n',
      );
    } finally {
      await empty.close();
    }
  });
});
