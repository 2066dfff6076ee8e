/**
 * The help promises what works: each example does as it stands, as a role that may do no more than its command needs.
 * A role that has what src/models/rights.json grants for a command can run it. The file is measured:
 * `UPDATE_RIGHTS=1 npx vitest run --config test/vitest.config.ts test/cli/examples.test.ts` writes it anew.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect } from 'vitest';
import { catalog } from '../../src/cli/catalog.ts';
import { rights, type Rights, rightsText } from '../../src/models/rights.ts';
import { test as base } from '../support/database.ts';
import { allExamples, type Example, makeWorld, runExample } from '../support/examples.ts';
import { type LimitedRole, makeLimitedRole, measureRights } from '../support/limited-role.ts';

const test = base.extend<{
  $file: { world: Awaited<ReturnType<typeof makeWorld>>; role: LimitedRole };
}>({
  world: [
    async ({}, use) => {
      const world = await makeWorld();
      await use(world);
      await world.remove();
    },
    { scope: 'file' },
  ],
  role: [
    async ({ database }, use) => {
      const role = await makeLimitedRole(database);
      await use(role);
      await role.remove(database);
    },
    { scope: 'file' },
  ],
});

const hasPsql = spawnSync('psql', ['--version']).status === 0;

/** What examples do not show, and what needs other rights. */
const further: Readonly<Record<string, readonly string[]>> = {
  'delete-workspace': ['delete-workspace qa --yes', 'delete-workspace filled --abort-running --yes'],
  'delete-collection': ['delete-collection bookworm@debian:suite --force --yes'],
  'delete-file-store': ['delete-file-store archive --force --yes'],
  'vacuum-storage': ['vacuum-storage'],
  'create-work-request': ['create-work-request worker noop --created-by alice'],
};

const examples = await allExamples();
/** These look at the rights themselves, need the owner of the tables, or do what is typed. */
const exempt = ['check', 'database doctor', 'database migrate', 'database shell'];

const wanted: readonly Example[] = [
  ...examples,
  ...examples
    .filter(({ entry }, at) => examples.findIndex((other) => other.entry === entry) === at)
    .flatMap((example) =>
      (further[example.entry.name] ?? []).map((line) => ({ ...example, line, words: line.split(' ') })),
    ),
];

if (process.env['UPDATE_RIGHTS'] === undefined) {
  describe('every example works, with the rights of its command alone', () => {
    for (const example of wanted) {
      // Another program does its work, which not every machine has.
      const isThere = example.entry.name !== 'database shell' || hasPsql;
      test.skipIf(!isThere)(example.line, async ({ world, role }) => {
        const place = await world.placeFor(example);
        try {
          const { name } = example.entry;
          await role.restrict(place.database, rights[name] ?? {});
          const reached = exempt.includes(name) ? place.database : role.of(place.database);
          const { exitCode, stderr } = await runExample(place, reached);
          expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) });
        } finally {
          await place.remove();
        }
      });
    }
  });

  test('no rights are recorded for a command that does not exist', () => {
    const names = catalog.map(({ name }) => name);
    expect(Object.keys(rights).filter((name) => !names.includes(name))).toEqual([]);
  });
} else {
  const found = new Map<string, Rights>();
  for (const example of wanted.filter(({ entry }) => !exempt.includes(entry.name))) {
    test(`measure ${example.line}`, { timeout: 300_000 }, async ({ world, role }) => {
      const { name } = example.entry;
      found.set(
        name,
        await measureRights(() => world.placeFor(example), role, found.get(name) ?? rights[name] ?? {}),
      );
    });
  }
  afterAll(() => {
    const sorted = Object.entries({ ...rights, ...Object.fromEntries(found) })
      .map(([command, granted]) => [command, rightsText(granted)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1));
    writeFileSync('src/models/rights.json', `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  });
}
