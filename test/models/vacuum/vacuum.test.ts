import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { NotFoundError } from '../../../src/errors.ts';
import { localPath } from '../../../src/storage/local.ts';
import { storePath } from '../../../src/data/local-store-paths.ts';
import { aDirectory, contentOf, filesBelow } from '../../storage/scratch.ts';
import { test as base } from '../../support/database.ts';
import * as make from '../../support/factories.ts';
import { at } from '../../support/factories.ts';
import { digestOfTables } from './digest.ts';
import {
  age,
  anInstallation,
  emptyDatabase,
  type Installation,
  put,
  putContent,
  run,
  type Run,
  stored,
  used,
  withMode,
} from './installation.ts';

const isRoot = process.geteuid?.() === 0;

const test = base.extend<{ place: Installation }>({
  place: async ({ database }, use) => {
    await emptyDatabase(database.db);
    await use(anInstallation(database.db));
  },
});

const deletions = ({ events }: Run) =>
  events.flatMap((event) =>
    event.event === 'deleted' || event.event === 'would-delete'
      ? [[event.kind, event.artifact ?? event.path] as const]
      : [],
  );
const problems = ({ events }: Run) =>
  events.flatMap((event) => (event.event === 'problem' ? [[event.code, event.path] as const] : []));
const errors = ({ events }: Run) =>
  events.flatMap((event) => (event.event === 'error' ? [event.message] : []));
const pathOf = (bytes: string) => {
  const { sha256, size } = contentOf(bytes);
  return storePath(sha256.toString('hex'), size);
};
const count = async (db: Db, table: string): Promise<number> => {
  const [row] = await db.execute<{ count: string }>(
    sql`select count(*) as count from ${sql.identifier(table)}`,
  );
  return Number(row?.count);
};

describe('a store that agrees with the database', () => {
  test('is left as it is', async ({ place }) => {
    await used(place, 'one');
    await used(place, 'two');
    const before = filesBelow(place.store);

    const result = await run(place, { verifiedShare: 1 });

    expect(result.events).toEqual([]);
    expect(result.summary).toMatchObject({
      complete: true,
      stopped_by: null,
      stores: ['Default'],
      checked: { store_files: 2, file_records: 2, contents: 2, uploads: 0 },
      freed_bytes: 0,
    });
    expect(filesBelow(place.store)).toEqual(before);
  });

  test('that is not there yet, like its upload directory, has nothing to tell but that', async ({
    place,
  }) => {
    const result = await run({ ...place, store: '/nonexistent/store', uploads: '/nonexistent/uploads' });

    expect(problems(result)).toEqual([['store_unreachable', '/nonexistent/store']]);
    expect(errors(result)).toEqual([]);
  });
});

describe('a file without a record', () => {
  test('goes when it is old, whether its name is that of a content, of a temporary file or anything else', async ({
    place,
  }) => {
    const kept = await used(place, 'kept');
    const content = putContent(place.store, 'orphan');
    const temporary = put(place.store, `${dirname(pathOf('kept'))}/0123.temp`, 'half');
    const other = put(place.store, 'ab/cd/ef/orphan', 'orphan');
    const young = putContent(place.store, 'young', 3600);
    const youngTemporary = put(place.store, 'ab/cd/ef/tmp1.temp', 'half', 60);

    const result = await run(place);

    expect(deletions(result)).toHaveLength(3);
    expect(result.summary.deleted).toMatchObject({ store_files: 3, file_records: 0 });
    expect(result.summary.freed_bytes).toBe('orphan'.length * 2 + 'half'.length);
    expect([content, temporary, other].filter((path) => existsSync(path))).toEqual([]);
    expect(existsSync(young) && existsSync(youngTemporary)).toBe(true);
    expect(existsSync(localPath(place.store, kept))).toBe(true);
    // Nothing that was made to keep adders away remains.
    expect(await count(place.db, 'db_file')).toBe(1);
    expect(await count(place.db, 'db_fileinstore')).toBe(1);
  });

  test('goes when only another store has a record, and the file row stays', async ({ place }) => {
    const directory = aDirectory();
    const other = await make.aFileStore(place.db, { configuration: { base_directory: directory } });
    const file = await stored(place, 'elsewhere', { in: other, directory });
    await make.aFileInArtifact(place.db, await make.anArtifact(place.db), file);
    await place.db.execute(sql`insert into db_workspace_other_file_stores (workspace_id, filestore_id)
      values (1, ${other.id}::bigint)`);
    const orphan = putContent(place.store, 'elsewhere');

    const result = await run(place);

    expect(deletions(result)).toEqual([['store_file', pathOf('elsewhere')]]);
    expect(existsSync(orphan)).toBe(false);
    expect(existsSync(localPath(directory, file))).toBe(true);
  });

  test('stays when another store in the same directory has a record', async ({ place }) => {
    const twin = await make.aFileStore(place.db, { configuration: { base_directory: place.store } });
    const file = await stored(place, 'shared', { in: twin });
    await make.aFileInArtifact(place.db, await make.anArtifact(place.db), file);
    await place.db.execute(sql`insert into db_workspace_other_file_stores (workspace_id, filestore_id)
      values (1, ${twin.id}::bigint)`);

    for (const stores of [undefined, ['Default'], [twin.name]]) {
      expect((await run(place, { stores })).events).toEqual([]);
    }
    expect(existsSync(localPath(place.store, file))).toBe(true);
  });

  test('goes too when its name has a size that no content can have', async ({ place }) => {
    const { sha256 } = contentOf('x');
    const hex = sha256.toString('hex');
    const inner = `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4, 6)}`;
    put(place.store, `${inner}/${hex}-99999999999999999999999`);

    const result = await run(place);

    expect(deletions(result)).toEqual([['store_file', `${inner}/${hex}-99999999999999999999999`]]);
  });

  test.skipIf(isRoot)('that cannot be removed is an error, and the others go', async ({ place }) => {
    const stuck = putContent(place.store, 'stuck');
    const free = putContent(place.store, 'free');

    const result = await withMode(dirname(stuck), 0o555, () => run(place));

    expect(errors(result)).toEqual([`cannot remove ${stuck}: permission denied`]);
    expect(result.summary).toMatchObject({ complete: false, error_count: 1 });
    expect(existsSync(free)).toBe(false);
  });

  test.skipIf(isRoot)(
    'a directory that cannot be read is an error, and the rest goes on',
    async ({ place }) => {
      const closed = dirname(putContent(place.store, 'closed'));
      putContent(place.store, 'free');

      const result = await withMode(closed, 0, () => run(place));

      expect(errors(result)).toEqual([`cannot read ${closed}: permission denied`]);
      expect(deletions(result)).toEqual([['store_file', pathOf('free')]]);
    },
  );
});

describe('what no store puts there', () => {
  test('is told as foreign, and never touched', async ({ place }) => {
    put(place.store, 'README');
    put(place.store, 'ab/notes.txt');
    put(place.store, 'ab/cd/notes.txt');
    put(place.store, 'ab/cd/half.temp');
    put(place.store, 'backup/ab/cd/ef/x');
    put(place.store, 'AB/cd/ef/x');
    put(place.store, 'ab/cd/ef/directory/x');
    const before = filesBelow(place.store);

    const result = await run(place, { graceSeconds: 0 });

    expect(new Set(problems(result).map(([, path]) => path))).toEqual(
      new Set([
        'README',
        'ab/notes.txt',
        'ab/cd/notes.txt',
        'ab/cd/half.temp',
        'backup',
        'AB',
        'ab/cd/ef/directory',
      ]),
    );
    expect(new Set(problems(result).map(([code]) => code))).toEqual(new Set(['foreign']));
    expect(deletions(result)).toEqual([]);
    expect(filesBelow(place.store)).toEqual(before);
  });

  test('symbolic links are told and not followed, whatever they lead to', async ({ place }) => {
    const outside = aDirectory();
    const victim = put(outside, 'cd/ef/victim');
    const content = await used(place, 'linked');
    const target = put(outside, 'bytes', 'linked');
    const link = localPath(place.store, content);
    unlinkSync(link);
    symlinkSync(target, link);
    symlinkSync(outside, join(place.store, '00'));
    mkdirSync(join(place.store, '01'));
    symlinkSync(join(outside, 'cd'), join(place.store, '01', 'cd'));
    symlinkSync(victim, join(place.store, 'dangling'));

    const result = await run(place, { graceSeconds: 0, verifiedShare: 1 });

    expect(
      problems(result)
        .filter(([code]) => code === 'foreign')
        .map(([, path]) => path),
    ).toEqual([...['00', 'dangling', '01/cd'], pathOf('linked')]);
    // The link is no bytes of ours.
    expect(problems(result).filter(([code]) => code !== 'foreign')).toEqual([
      ['missing_bytes', pathOf('linked')],
    ]);
    expect(deletions(result)).toEqual([]);
    expect(existsSync(victim) && existsSync(target)).toBe(true);
  });

  test('a store that is itself a symbolic link is looked at where it leads', async ({ place }) => {
    const link = join(aDirectory(), 'link');
    symlinkSync(place.store, link);
    putContent(place.store, 'orphan');

    expect(deletions(await run({ ...place, store: link }))).toEqual([['store_file', pathOf('orphan')]]);
  });

  test('the upload directory and another store may lie below a store, even as if they belonged to it', async ({
    place,
  }) => {
    const uploads = join(place.store, 'ab/cd/ef');
    const inner = join(place.store, 'empty');
    mkdirSync(inner);
    const nested = await make.aFileStore(place.db, { configuration: { base_directory: inner } });
    age(inner);
    const part = await make.aFileInArtifact(
      place.db,
      await make.anArtifact(place.db, { createdAt: at('2090-01-01') }),
      await make.aFile(place.db),
    );
    await make.anUpload(place.db, part, { path: 'half' });
    put(uploads, 'half');

    const result = await run({ ...place, uploads });

    expect(result.events).toEqual([]);
    expect(result.summary.stores).toEqual(['Default', nested.name]);
    expect(existsSync(inner)).toBe(true);
  });

  test('an upload directory that is the directory of a store is not tidied', async ({ place }) => {
    const file = await used(place, 'precious');

    const result = await run({ ...place, uploads: place.store });

    expect(errors(result)).toEqual([expect.stringContaining('nothing in it is looked at')]);
    expect(existsSync(localPath(place.store, file))).toBe(true);
  });

  test('a store below the upload directory is not taken for uploads', async ({ place }) => {
    const store = join(place.uploads, 'store');
    mkdirSync(store);
    const file = await used({ ...place, store }, 'precious');
    put(place.uploads, 'orphan');

    const result = await run({ ...place, store });

    expect(deletions(result)).toEqual([['upload_file', 'orphan']]);
    expect(existsSync(localPath(store, file))).toBe(true);
  });
});

describe('records of a file that no artifact uses', () => {
  test('go with bytes that are old, and when the bytes are gone; young ones stay', async ({ place }) => {
    const [aged, missing, fresh] = [
      await stored(place, 'aged'),
      await stored(place, 'missing'),
      await stored(place, 'fresh', { seconds: 60 }),
    ];
    unlinkSync(localPath(place.store, missing));
    const never = await make.aFile(place.db, 'never stored');

    const result = await run(place);

    expect(deletions(result)).toEqual(
      [aged, missing, never].map(({ sha256, size }) => [
        'file_record',
        storePath(sha256.toString('hex'), size),
      ]),
    );
    expect(result.summary.freed_bytes).toBe('aged'.length);
    expect(problems(result)).toEqual([]);
    expect(existsSync(localPath(place.store, aged))).toBe(false);
    expect(existsSync(localPath(place.store, fresh))).toBe(true);
    expect(await count(place.db, 'db_file')).toBe(1);
  });

  test('stay when an external store has the file, or a store that cannot be looked at', async ({ place }) => {
    const external = await make.aFileStore(place.db, {
      backend: 'ExternalDebianSuite',
      configuration: { archive_root_url: 'https://deb.example.org/', suite: 'sid', components: ['main'] },
    });
    const lost = await make.aFileStore(place.db, { configuration: { base_directory: '/nonexistent/store' } });
    const both = await stored(place, 'both');
    await make.aFileInStore(place.db, both, external, { relative_url: 'x' });
    const half = await stored(place, 'half');
    await make.aFileInStore(place.db, half, lost);

    const result = await run(place);

    expect(deletions(result)).toEqual([]);
    expect(problems(result)).toEqual([['store_unreachable', '/nonexistent/store']]);
    expect(await count(place.db, 'db_fileinstore')).toBe(4);
  });

  test('of several stores go from all of them together', async ({ place }) => {
    const directory = aDirectory();
    const other = await make.aFileStore(place.db, { configuration: { base_directory: directory } });
    const file = await stored(place, 'twice');
    await make.aFileInStore(place.db, file, other);
    putContent(directory, 'twice');

    const part = await run(place, { stores: ['Default'] });
    expect(deletions(part)).toEqual([]);
    const result = await run(place);

    expect(deletions(result)).toEqual([['file_record', pathOf('twice')]]);
    expect(result.summary.freed_bytes).toBe(2 * 'twice'.length);
    expect([...filesBelow(place.store), ...filesBelow(directory)]).toEqual([]);
  });
});

describe('an incomplete artifact', () => {
  const when = at('2020-01-01');
  const incomplete = async (place: Installation, given: Parameters<typeof make.anArtifact>[1] = {}) => {
    const artifact = await make.anArtifact(place.db, { createdAt: when, ...given });
    const part = await make.aFileInArtifact(place.db, artifact, await make.aFile(place.db));
    return { artifact, part };
  };

  test('that is old goes with its relations, files and uploads; its file records are for the next run', async ({
    place,
  }) => {
    const { artifact, part } = await incomplete(place);
    const kept = await used(place, 'kept');
    await make.aFileInArtifact(place.db, artifact, kept, 'also');
    await make.aRelation(place.db, artifact, await make.anArtifact(place.db));
    await make.aRelation(place.db, await make.anArtifact(place.db), artifact);
    await make.anUpload(place.db, part, { path: 'half', lastActivityAt: when });
    const upload = put(place.uploads, 'half', '12345');

    const result = await run(place);

    expect(deletions(result)).toEqual([['artifact', artifact.id]]);
    expect(result.summary.freed_bytes).toBe(5);
    expect(existsSync(upload)).toBe(false);
    expect(await count(place.db, 'db_artifactrelation')).toBe(0);
    expect(await count(place.db, 'db_fileupload')).toBe(0);
    expect(deletions(await run(place))).toEqual([['file_record', expect.any(String)]]);
    expect((await run(place)).events).toEqual([]);
  });

  test('stays while it is young, while it is being uploaded, and while a collection holds it', async ({
    place,
  }) => {
    const now = at(new Date().toISOString().slice(0, 19).replace('T', ' '));
    await incomplete(place, { createdAt: now });
    const uploading = await incomplete(place);
    await make.anUpload(place.db, uploading.part, { path: 'half', lastActivityAt: now });
    put(place.uploads, 'half', '12345');
    const collected = await incomplete(place);
    await make.anItem(place.db, await make.aCollection(place.db), collected.artifact);

    const result = await run(place);
    expect(deletions(result)).toEqual([]);
    expect(result.summary.kept_artifacts).toBe(1);
    // Not even without a grace period: the upload was active within a day.
    await place.db.execute(sql`update db_fileupload set last_activity_at = now() - interval '23 hours'`);
    expect(deletions(await run(place, { graceSeconds: 3600 }))).toEqual([]);
    expect(await count(place.db, 'db_artifact')).toBe(3);
  });

  test('is one of which no store of its own workspace has a file, though others have it', async ({
    place,
  }) => {
    const other = await make.aFileStore(place.db, { configuration: { base_directory: aDirectory() } });
    const file = await make.aFile(place.db, 'elsewhere');
    await make.aFileInStore(place.db, file, other);
    const artifact = await make.anArtifact(place.db, { createdAt: when });
    await make.aFileInArtifact(place.db, artifact, file);

    expect(deletions(await run(place, { dryRun: true }))).toEqual([['artifact', artifact.id]]);
    await place.db.execute(sql`insert into db_workspace_other_file_stores (workspace_id, filestore_id)
      values (1, ${other.id}::bigint)`);
    expect(deletions(await run(place, { dryRun: true }))).toEqual([]);
  });

  test('with an upload stays when uploads are to be left alone', async ({ place }) => {
    const { artifact, part } = await incomplete(place);
    await make.anUpload(place.db, part, { path: 'half', lastActivityAt: when });
    const without = await incomplete(place);

    expect(deletions(await run(place, { uploads: false }))).toEqual([['artifact', without.artifact.id]]);
    expect(artifact.id).toBeGreaterThan(0);
    expect(await count(place.db, 'db_fileupload')).toBe(1);
  });

  test('whose upload has a path that leads out of the directory goes, and what is there stays', async ({
    place,
  }) => {
    const outside = put(aDirectory(), 'precious');
    const { artifact, part } = await incomplete(place);
    await make.anUpload(place.db, part, { path: outside, lastActivityAt: when });

    const result = await run(place);

    expect(deletions(result)).toEqual([['artifact', artifact.id]]);
    expect(errors(result)).toEqual([expect.stringContaining('leads out of')]);
    expect(readFileSync(outside, 'utf8')).toBe('bytes');
  });
});

describe('the upload directory', () => {
  test('loses old files without a record, at any depth; the others stay', async ({ place }) => {
    const artifact = await make.anArtifact(place.db);
    for (const path of ['known', 'below/known', join(place.uploads, 'absolute')]) {
      const part = await make.aFileInArtifact(place.db, artifact, await used(place, path));
      await make.anUpload(place.db, part, { path });
    }
    for (const path of ['known', 'below/known', 'absolute', 'orphan', 'below/orphan'])
      put(place.uploads, path);
    put(place.uploads, 'young', 'bytes', 60);
    symlinkSync(put(aDirectory(), 'victim'), join(place.uploads, 'link'));

    const result = await run(place);

    expect(deletions(result)).toEqual([
      ['upload_file', 'orphan'],
      ['upload_file', 'below/orphan'],
    ]);
    expect(problems(result)).toEqual([
      ['foreign', 'link'],
      ['missing_upload', join(place.uploads, 'absolute')],
    ]);
    expect(filesBelow(place.uploads)).toEqual(['absolute', 'below/known', 'known', 'link', 'young']);
  });

  test('is left alone when that is asked for', async ({ place }) => {
    put(place.uploads, 'orphan');
    expect((await run(place, { uploads: false })).events).toEqual([]);
    expect((await run(place, { stores: ['Default'] })).events).toEqual([]);
  });

  test('a record whose file is missing is told, once for each run', async ({ place }) => {
    const artifact = await make.anArtifact(place.db);
    const part = await make.aFileInArtifact(place.db, artifact, await used(place, 'x'));
    await make.anUpload(place.db, part, { path: 'gone' });

    for (let times = 0; times < 2; times++) {
      const result = await run(place);
      expect(result.events).toEqual([
        { event: 'problem', code: 'missing_upload', store: null, path: 'gone', artifact: artifact.id },
      ]);
    }
  });
});

describe('empty directories', () => {
  test('go when they are old, the inner ones first, and whatever their name is', async ({ place }) => {
    await used(place, 'kept');
    for (const path of ['ab/cd/ef', 'ab/cd/00', 'empty/dir', 'young/inner', 'lost+found']) {
      mkdirSync(join(place.store, path), { recursive: true });
    }
    for (const path of [
      'ab/cd/ef',
      'ab/cd/00',
      'ab/cd',
      'ab',
      'empty/dir',
      'empty',
      'young/inner',
      'lost+found',
    ])
      age(join(place.store, path));

    const planned = await run(place, { dryRun: true });
    const result = await run(place);

    expect(deletions(result).map(([, path]) => path)).toEqual([
      ...['ab/cd/00', 'ab/cd/ef', 'ab/cd', 'ab'],
      ...['empty/dir', 'empty', 'young/inner'],
    ]);
    expect(deletions(planned)).toEqual(deletions(result));
    expect(existsSync(join(place.store, 'young')) && existsSync(join(place.store, 'lost+found'))).toBe(true);
    expect((await run(place)).events).toEqual([]);
  });

  test('that became empty by this run stay until they are old', async ({ place }) => {
    const directory = dirname(putContent(place.store, 'orphan'));
    age(directory);

    expect(deletions(await run(place))).toEqual([['store_file', pathOf('orphan')]]);
    expect(existsSync(directory)).toBe(true);
    age(directory);
    expect(deletions(await run(place))).toEqual([['directory', dirname(pathOf('orphan'))]]);
  });
});

describe('bytes that are missing or wrong', () => {
  test('are told by each run, and nothing is changed', async ({ place }) => {
    const [missing, short, changed, right] = [
      await used(place, 'missing'),
      await used(place, 'short'),
      await used(place, 'changed'),
      await used(place, 'right'),
    ];
    unlinkSync(localPath(place.store, missing));
    writeFileSync(localPath(place.store, short), 'sho');
    writeFileSync(localPath(place.store, changed), 'chanGed');
    age(localPath(place.store, changed));
    const before = await digestOfTables(place.db);

    const sizes = await run(place);
    const contents = await run(place, { verifiedShare: 1 });
    const sample = await run(place, { verifiedShare: 0.4 });

    const hex = (file: { sha256: Buffer }) => file.sha256.toString('hex');
    const facts = { event: 'problem', store: 'Default' };
    const missed = {
      ...facts,
      code: 'missing_bytes',
      path: pathOf('missing'),
      sha256: hex(missing),
      size: 7,
    };
    const wrong = {
      ...facts,
      code: 'wrong_size',
      path: pathOf('short'),
      sha256: hex(short),
      size: 5,
      found_size: 3,
    };
    const other = {
      ...facts,
      ...{ code: 'wrong_hash', path: pathOf('changed'), sha256: hex(changed), size: 7 },
      found_sha256: hex(contentOf('chanGed')),
    };
    const unordered = (result: Run) => expect(new Set(result.events));
    unordered(sizes).toEqual(new Set([missed, wrong]));
    unordered(contents).toEqual(new Set([missed, wrong, other]));
    unordered(sample).toEqual(new Set([missed, wrong]));
    expect(contents.summary.checked.contents).toBe(2);
    expect(right.id).toBeGreaterThan(0);
    expect(await digestOfTables(place.db)).toBe(before);
  });

  test('a record with a digest that is none has no bytes', async ({ place }) => {
    const [row] = await place.db.execute<{ id: string }>(
      sql`insert into db_file (sha256, size) values ('\\x0102', 9223372036854775807) returning id`,
    );
    await place.db.execute(
      sql`insert into db_fileinstore (store_id, file_id, data) values (1, ${row?.id}::bigint, '{}')`,
    );
    const artifact = await make.anArtifact(place.db);
    await place.db.execute(sql`insert into db_fileinartifact (path, artifact_id, file_id)
      values ('x', ${artifact.id}::bigint, ${row?.id}::bigint)`);

    expect(problems(await run(place))).toEqual([['missing_bytes', null]]);
  });
});

describe('a store that cannot be looked at', () => {
  test('is told with the reason, and the others are looked at', async ({ place }) => {
    const file = put(aDirectory(), 'file');
    for (const [backend, configuration] of [
      ['Local', { base_directory: 'relative' }],
      ['Local', { base_directory: '/nonexistent/store' }],
      ['Local', { base_directory: file }],
      ['Local', {}],
      ['Local', { base_directory: 7 }],
      ['Memory', {}],
    ] as const) {
      await make.aFileStore(place.db, { backend, configuration });
    }
    putContent(place.store, 'orphan');

    const result = await run(place);

    expect(result.summary.problem_counts.store_unreachable).toBe(6);
    expect(result.events.flatMap((event) => (event.event === 'problem' ? [event.reason] : []))).toEqual([
      expect.stringContaining('"relative" is not an absolute path'),
      'store directory /nonexistent/store does not exist',
      expect.stringContaining('is not a directory'),
      expect.stringContaining('"base_directory" is missing'),
      'base_directory: must be text, not 7',
      expect.stringContaining('unknown backend "Memory"'),
    ]);
    expect(deletions(result)).toEqual([['store_file', pathOf('orphan')]]);
  });

  test('that does not exist at all is refused', async ({ place }) => {
    await expect(run(place, { stores: ['nosuch'] })).rejects.toThrow(NotFoundError);
  });
});

describe('a dry run', () => {
  test('tells what a run does then, and changes nothing', async ({ place }) => {
    await used(place, 'kept');
    await stored(place, 'unused');
    putContent(place.store, 'orphan');
    put(place.uploads, 'orphan');
    mkdirSync(join(place.store, 'ab/cd'), { recursive: true });
    for (const path of ['ab/cd', 'ab']) age(join(place.store, path));
    const artifact = await make.anArtifact(place.db, { createdAt: at('2020-01-01') });
    await make.aFileInArtifact(place.db, artifact, await make.aFile(place.db));
    unlinkSync(localPath(place.store, await used(place, 'missing')));
    const before = [await digestOfTables(place.db), filesBelow(place.store), filesBelow(place.uploads)];

    const planned = await run(place, { dryRun: true });
    expect([await digestOfTables(place.db), filesBelow(place.store), filesBelow(place.uploads)]).toEqual(
      before,
    );
    const result = await run(place);

    expect(planned.events.every(({ event }) => event !== 'deleted')).toBe(true);
    expect(deletions(planned)).toEqual(deletions(result));
    expect(problems(planned)).toEqual(problems(result));
    expect(planned.summary.deleted).toEqual(result.summary.deleted);
    expect(planned.summary.freed_bytes).toBe(result.summary.freed_bytes);
    expect(result.summary.deleted).toEqual({
      store_files: 1,
      file_records: 1,
      artifacts: 1,
      upload_files: 1,
      directories: 2,
    });
  });
});

describe('a run that is stopped', () => {
  test('before it begins does nothing, and says so', async ({ place }) => {
    putContent(place.store, 'orphan');
    const controller = new AbortController();
    controller.abort();

    const result = await run(place, { signal: controller.signal });
    expect(result.summary).toMatchObject({ complete: false, stopped_by: 'signal' });
    const late = await run(place, { maxTimeMs: 0 });
    expect(late.summary).toMatchObject({ complete: false, stopped_by: 'max_time' });
    expect(filesBelow(place.store)).toEqual([pathOf('orphan')]);
  });

  test('leaves the store behind when that is gone meanwhile', async ({ place }) => {
    await used(place, 'x');
    rmSync(place.store, { recursive: true });
    expect(problems(await run(place))).toEqual([['store_unreachable', place.store]]);
  });
});
