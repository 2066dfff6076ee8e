import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect } from 'vitest';
import { collectionItems } from '../../../src/schema/collection-items.ts';
import { collections } from '../../../src/schema/collections.ts';
import { createTestDatabase, type TestDatabase, test as base } from '../../support/database.ts';
import { aCollection, anArtifact, anItem, at, aUser, aWorkspace, unique } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

const test = base;
const json = (text: string): unknown => JSON.parse(text);

const source = (name: string, version: string) => ({
  name,
  version,
  type: 'dpkg',
  dsc_fields: { Package: name, Version: version },
});

describe('create-collection', () => {
  test('makes an empty collection and says nothing in a pipe; JSON shows it', async ({ database }) => {
    const words = ['create-collection', 'one', 'debian:suite', '--set', 'may_reuse_versions=true'];
    expect(await runCommand(database, words)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const { stdout } = await runCommand(database, [
      ...['create-collection', 'two', 'debian:environments', '--full-history-retention', '36h', '--json'],
    ]);
    expect(json(stdout)).toEqual({
      was_created: true,
      changed: true,
      id: expect.any(Number) as number,
      name: 'two',
      category: 'debian:environments',
      workspace: 'System',
      full_history_retention_seconds: 129_600,
      metadata_only_retention_seconds: null,
      data: {},
    });
    const [row] = await database.db.select().from(collections).where(eq(collections.name, 'one'));
    expect(row).toMatchObject({ data: { may_reuse_versions: true }, fullHistoryRetentionPeriod: null });
  });

  test.for([
    [['', 'debian:suite'], 3, 'collection name is empty'],
    [['a/b', 'debian:suite'], 3, 'contains "/"'],
    [['a@b', 'debian:suite'], 3, 'contains "@"'],
    [['x', 'debian:nosuch'], 3, 'known categories: debian:environments, debian:suite, debian:suite-lintian'],
    [['x', 'debusine:workflow-internal'], 3, 'made by workflows'],
    [['x', 'debian:suite', '--workspace', 'nosuch'], 3, 'workspace "nosuch" not found'],
    [['x', 'debian:suite', '--set', 'may_reuse_versions=3'], 3, 'may_reuse_versions: must be true or false'],
    [['x', 'debian:suite', '--full-history-retention', '-3'], 2, 'is negative'],
    [['x'], 2, 'create-collection needs CATEGORY'],
  ] as const)('refuses %j with %d and makes nothing', async ([words, code, message], { database }) => {
    const before = await database.db.$count(collections);
    const { exitCode, stdout, stderr } = await runCommand(database, ['create-collection', ...words]);
    expect([exitCode, stdout]).toEqual([code, '']);
    expect(stderr).toContain(message);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(await database.db.$count(collections)).toBe(before);
  });

  test('an existing one is a conflict; equal properties are accepted on request, others with --update', async ({
    database,
  }) => {
    const name = unique('again');
    const create = (...more: string[]) =>
      runCommand(database, ['create-collection', name, 'debian:suite', ...more]);
    expect((await create()).exitCode).toBe(0);
    expect((await create()).exitCode).toBe(4);
    expect((await create('--if-not-exists')).exitCode).toBe(0);
    expect((await create('--if-not-exists', '--full-history-retention', '3')).exitCode).toBe(4);
    const updated = await create('--update', '--full-history-retention', '3', '--json');
    expect(json(updated.stdout)).toMatchObject({
      was_created: false,
      changed: true,
      full_history_retention_seconds: 259_200,
    });
    await aWorkspace(database.db, { name: 'elsewhere' });
    const other = await create('--workspace', 'elsewhere', '--if-not-exists');
    expect(other.exitCode).toBe(4);
    expect(other.stderr).toContain('exists already, in workspace "System"');
  });

  test('of twenty at once exactly one makes it', async ({ database }) => {
    const name = unique('race');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        runCommand(database, ['create-collection', name, 'debian:suite', '--if-not-exists', '--json']),
      ),
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 20 }, () => 0));
    const made = outcomes.filter(({ stdout }) => (json(stdout) as { was_created: boolean }).was_created);
    expect(made).toHaveLength(1);
  });

  test('under the name of the original an unknown category is accepted with a warning', async ({
    database,
  }) => {
    const { exitCode, stderr } = await runCommand(database, ['create_collection', 'strange', 'my:kind'], {
      stdin: 'a: 1\n',
    });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning: collection category "my:kind" is not known');
    const [row] = await database.db.select().from(collections).where(eq(collections.name, 'strange'));
    expect(row).toMatchObject({ category: 'my:kind', data: { a: 1 } });
  });

  test('a dry run changes nothing and says "would"', async ({ database }) => {
    const before = await database.db.$count(collections);
    const { exitCode, stderr } = await runCommand(
      database,
      ['create-collection', 'dry', 'debian:suite', '--dry-run'],
      { terminal: true },
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain('would create collection "dry@debian:suite" in System');
    expect(await database.db.$count(collections)).toBe(before);
  });
});

describe('a suite with packages', () => {
  let database: TestDatabase;
  let suite: string;
  let artifact: number;
  beforeEach(async () => {
    database = await createTestDatabase();
    await aUser(database.db, { username: 'alice' });
    await aCollection(database.db, { name: 'bookworm', category: 'debian:suite' });
    suite = 'bookworm@debian:suite';
    const made = await anArtifact(database.db, {
      category: 'debian:source-package',
      data: source('hello', '2.10-3'),
    });
    artifact = made.id;
    return () => database.close();
  });

  const variables = ['--variable', 'component=main', '--variable', 'section=devel'];
  const add = (...more: string[]) =>
    runCommand(database, [
      'add-collection-item',
      suite,
      '--artifact',
      String(artifact),
      ...variables,
      ...more,
    ]);

  base('add-collection-item prints the number; again it is a conflict that names the occupant', async () => {
    const first = await add('--created-by', 'alice');
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toMatch(/^\d+\n$/);
    const again = await add('--created-by', 'alice');
    expect(again).toMatchObject({ exitCode: 4, stdout: '' });
    expect(again.stderr).toBe(
      `error: ${suite} has an active item "hello_2.10-3" (artifact ${artifact}); hint: --replace\n`,
    );
    const accepted = await add('--created-by', 'alice', '--if-not-exists', '--json');
    expect(json(accepted.stdout)).toMatchObject({
      was_created: false,
      name: 'hello_2.10-3',
      type: 'artifact',
    });
    const replaced = await add('--created-by', 'alice', '--replace', '--json');
    expect(json(replaced.stdout)).toMatchObject({ was_created: true, created_by: 'alice', removed_at: null });
    expect(await database.db.$count(collectionItems)).toBe(2);
  });

  base(
    'add-collection-item refuses what the category does not take, and needs somebody to record',
    async () => {
      const nobody = await add();
      expect(nobody).toMatchObject({ exitCode: 2, stdout: '' });
      expect(nobody.stderr).toContain('nobody to record as creator');
      const tarball = await anArtifact(database.db, { category: 'debian:system-tarball' });
      const refused = await runCommand(database, [
        ...['add-collection-item', suite, '--artifact', `${tarball.id}@artifacts`, '--created-by', 'alice'],
      ]);
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain(
        'debian:suite does not take debian:system-tarball artifacts; hint: it takes debian:source-package, debian:binary-package',
      );
      const missing = await runCommand(database, [
        ...['add-collection-item', suite, '--artifact', String(artifact), '--created-by', 'alice'],
      ]);
      expect(missing).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('component') as string });
      expect(
        (await runCommand(database, ['add-collection-item', suite, '--created-by', 'alice'])).exitCode,
      ).toBe(2);
      const child = await runCommand(database, [
        ...['add-collection-item', suite, '--collection', suite, '--created-by', 'alice'],
      ]);
      expect(child).toMatchObject({
        exitCode: 3,
        stderr: expect.stringContaining('does not take collections') as string,
      });
      expect(await database.db.$count(collectionItems)).toBe(0);
    },
  );

  base('remove-collection-item marks items as removed, all or none, and lists them as removed', async () => {
    await add('--created-by', 'alice');
    const remove = (...words: string[]) =>
      runCommand(database, ['remove-collection-item', suite, ...words, '--created-by', 'alice']);
    const partly = await remove('hello_2.10-3', 'nosuch');
    expect(partly.exitCode).toBe(3);
    expect(partly.stderr).toContain(`${suite} has no active item "nosuch"`);
    expect(await database.db.$count(collectionItems, sql`removed_at is null`)).toBe(1);
    const dry = await remove('hello_2.10-3', '--dry-run');
    expect(dry.stdout).toContain('hello_2.10-3');
    expect(await database.db.$count(collectionItems, sql`removed_at is null`)).toBe(1);
    const done = await remove('hello_2.10-3', '--json');
    expect(json(done.stdout)).toMatchObject([{ name: 'hello_2.10-3', removed_by: 'alice', changed: true }]);
    const [{ id } = { id: 0 }] = json(done.stdout) as { id: number }[];
    const again = await remove('--item', String(id), '--json');
    expect(json(again.stdout)).toMatchObject([{ id, changed: false }]);
    expect((await remove('hello_2.10-3', '--if-exists')).exitCode).toBe(0);
    expect((await remove()).exitCode).toBe(2);
    const removed = await runCommand(database, ['show-collection', suite, '--items', '--removed', '--json']);
    expect(json(removed.stdout)).toMatchObject([{ id, artifact, held_until: null }]);
    const active = await runCommand(database, ['show-collection', suite, '--items', '--json']);
    expect(json(active.stdout)).toEqual([]);
  });

  base('show-collection shows one, by name, number or lookup; its items have stable keys', async () => {
    await add('--created-by', 'alice');
    const { stdout } = await runCommand(database, ['show-collection', suite, '--json']);
    const shown = json(stdout) as { id: number };
    expect(shown).toEqual({
      id: shown.id,
      name: 'bookworm',
      category: 'debian:suite',
      workspace: 'System',
      active_items: 1,
      removed_items: 0,
      full_history_retention_seconds: null,
      metadata_only_retention_seconds: null,
      data: {},
      workflow: null,
      constraints: {},
    });
    for (const name of [String(shown.id), `${shown.id}@collections`]) {
      expect((await runCommand(database, ['show-collection', name, '--json'])).stdout).toBe(stdout);
    }
    const items = await runCommand(database, [
      'show-collection',
      suite,
      '--items',
      '--name',
      'hel*',
      '--json',
    ]);
    expect(Object.keys((json(items.stdout) as object[])[0] ?? {})).toEqual(
      'id name type category artifact collection data created_at created_by removed_at removed_by held_until'.split(
        ' ',
      ),
    );
    expect((await runCommand(database, ['show-collection', suite, '--removed'])).exitCode).toBe(2);
    expect((await runCommand(database, ['show-collection', suite, '--limit', '3'])).exitCode).toBe(2);
    const unknown = await runCommand(database, ['show-collection', 'bookwor@debian:suite']);
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain('did you mean "bookworm@debian:suite"?');
    const bare = await runCommand(database, ['show-collection', 'bookworm']);
    expect(bare).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('NAME@CATEGORY') as string });
  });

  base('lookup finds what a task would find, and says what is missing', async () => {
    await add('--created-by', 'alice');
    const found = await runCommand(database, ['lookup', `${suite}/source:hello`, '--json']);
    expect(json(found.stdout)).toEqual({
      type: 'artifact',
      artifact,
      collection: null,
      category: 'debian:source-package',
      name: 'hello_2.10-3',
      item: expect.any(Number) as number,
      workspace: 'System',
    });
    const several = await runCommand(database, [
      ...['lookup', `{collection: '${suite}', name__startswith: hel}`, '--json'],
    ]);
    expect(json(several.stdout)).toMatchObject([{ artifact }]);
    const none = await runCommand(database, ['lookup', `{collection: '${suite}', name: no}`, '--json']);
    expect([none.exitCode, none.stdout]).toEqual([0, '[]\n']);
    const short = await runCommand(database, [
      'lookup',
      'bookworm',
      '--default-category',
      'debian:suite',
      '--json',
    ]);
    expect(json(short.stdout)).toMatchObject({ type: 'collection', artifact: null, name: 'bookworm' });
    const refusals = [
      [[`${suite}/source:nosuch`], `${suite} has no active item "source:nosuch"`],
      [[suite, '--type', 'artifact'], 'not artifact'],
      [['bookworm'], '"bookworm" names no category'],
      [['12'], 'does not say whether it is an artifact or a collection'],
      [['internal@collections'], 'only inside a workflow'],
      [['{collection: x'], 'LOOKUP:1'],
    ] as const;
    for (const [words, message] of refusals) {
      const refused = await runCommand(database, ['lookup', ...words]);
      expect([refused.exitCode, refused.stdout]).toEqual([3, '']);
      expect(refused.stderr).toContain(message);
    }
  });

  base(
    'delete-collection needs --yes without a terminal, --force with active items, and leaves artifacts',
    async () => {
      await add('--created-by', 'alice');
      const remove = (...more: string[]) => runCommand(database, ['delete-collection', suite, ...more]);
      const unasked = await remove();
      expect(unasked).toMatchObject({ exitCode: 2, stdout: '' });
      expect(unasked.stderr).toContain('without confirmation; hint: add --yes');
      const used = await remove('--yes');
      expect(used.exitCode).toBe(4);
      expect(used.stderr).toContain('has 1 active item; hint: --force');
      const dry = await remove('--force', '--dry-run', '--json');
      expect(json(dry.stdout)).toEqual({
        name: 'bookworm',
        category: 'debian:suite',
        deleted: true,
        items: 1,
      });
      expect(await database.db.$count(collections)).toBe(1);
      expect((await remove('--force', '--yes')).exitCode).toBe(0);
      expect(await database.db.$count(collections)).toBe(0);
      expect(await database.db.$count(collectionItems)).toBe(0);
      expect((await remove('--yes')).exitCode).toBe(3);
      expect((await remove('--yes', '--if-exists')).exitCode).toBe(0);
    },
  );

  base('manage-collection changes what is given, and refuses to do nothing', async () => {
    const manage = (...more: string[]) => runCommand(database, ['manage-collection', suite, ...more]);
    expect((await manage()).exitCode).toBe(2);
    await manage('--data', '-', '--set', 'x.y=[1]');
    const changed = await manage('--set', 'a=1', '--set-string', 'b=2', '--unset', 'a', '--json');
    expect(json(changed.stdout)).toMatchObject({ changed: true, data: { x: { y: [1] }, b: '2' } });
    const same = await manage('--set-string', 'b=2', '--json');
    expect(json(same.stdout)).toMatchObject({ changed: false });
    await aCollection(database.db, { name: 'trixie', category: 'debian:suite' });
    expect((await manage('--rename', 'trixie')).exitCode).toBe(4);
    expect((await manage('--rename', 'a/b')).exitCode).toBe(3);
    const renamed = await manage('--rename', 'sid', '--metadata-only-retention', '90', '--json');
    expect(json(renamed.stdout)).toMatchObject({ name: 'sid', metadata_only_retention_seconds: 7_776_000 });
    expect((await manage('--rename', 'x')).exitCode).toBe(3);
  });

  base('shortening a period tells what the next expiry lets go of', async () => {
    const [collection] = await database.db.select().from(collections);
    const held = await anArtifact(database.db);
    if (collection === undefined) throw new Error('no collection');
    await anItem(database.db, collection, held, { removedAt: at('2024-05-01') });
    const { stderr } = await runCommand(
      database,
      ['manage-collection', suite, '--full-history-retention', '1'],
      { terminal: true },
    );
    expect(stderr).toContain('the next expire-artifacts lets go of 1 artifacts and deletes 0 removed items');
  });
});

test('list-collections leaves out the internal ones of workflows, and filters', async ({
  database: { db, ...database },
}) => {
  const other = await aWorkspace(db, { name: 'listed' });
  await aCollection(db, { name: 'inside', category: 'debusine:workflow-internal', workspaceId: other.id });
  await aCollection(db, { name: 'b-suite', category: 'debian:suite', workspaceId: other.id });
  await aCollection(db, { name: 'a-suite', category: 'debian:suite', workspaceId: other.id });
  const names = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await runCommand(database, [
      'list-collections',
      '--workspace',
      'listed',
      '--json',
      ...words,
    ]);
    return (json(stdout) as { name: string }[]).map(({ name }) => name);
  };
  expect(await names()).toEqual(['a-suite', 'b-suite']);
  expect(await names('--internal')).toEqual(['a-suite', 'b-suite', 'inside']);
  expect(await names('--match', 'b-')).toEqual(['b-suite']);
  expect(await names('--category', 'debian:nosuch')).toEqual([]);
  expect((await runCommand(database, ['list-collections', '--workspace', 'nosuch'])).exitCode).toBe(3);
});
