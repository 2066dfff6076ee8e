/**
 * Kills expiry at random instants, cuts its connections or takes its store away, while the same contents are uploaded,
 * and looks at what is left after one more run.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import type { Db } from '../../src/db/database.ts';
import type { Id } from '../../src/db/ids.ts';
import { createFromLocalArtifact } from '../../src/models/artifacts.ts';
import { randomNumbers } from './expiry-graphs.ts';
import { at } from './factories.ts';

const launcher = fileURLToPath(new URL('../../bin/debusine-admin.js', import.meta.url));

/**
 * What happens to a run: it is killed; the server ends its sessions, as one that is restarted does; its store is not a
 * directory any more.
 */
const faults = ['kill', 'disconnect', 'directory'] as const;

export type Fault = (typeof faults)[number];

/** How often a run was hit in which phase, as its events tell. */
export type PhaseCounts = Record<'search' | 'artifacts' | 'files' | 'end', number>;

/**
 * @param times how often each of them happens, in turn; the program must have been built
 * @returns the phases in which it was killed or cut off
 */
export async function expectRecovery(
  { db, url }: { readonly db: Db; readonly url: string },
  times: Readonly<Record<Fault, number>>,
  seed: number,
): Promise<Readonly<Record<'kill' | 'disconnect', PhaseCounts>>> {
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-faults-'));
  const store = path.join(directory, 'store');
  mkdirSync(store);
  const random = randomNumbers(seed);
  const none: PhaseCounts = { search: 0, artifacts: 0, files: 0, end: 0 };
  const counts = { kill: { ...none }, disconnect: { ...none } };
  const local = path.join(directory, 'content');
  const uploads = path.join(directory, 'uploads');
  mkdirSync(uploads);

  const upload = async (content: number, delay: string): Promise<void> => {
    writeFileSync(local, `content ${content}`);
    await createFromLocalArtifact(
      db,
      { category: 'debusine:work-request-debug-logs', data: {}, files: new Map([['file', local]]) },
      { id: 1 as Id<'Workspace'> },
      { expirationDelay: delay },
      { storeDirectory: store },
      at('2024-01-01'),
    );
  };

  /** An upload that got stuck halfway, the day before everything is judged at; its partial file lies in `uploads`. */
  const partialUpload = async (name: string): Promise<void> => {
    writeFileSync(path.join(uploads, name), 'half');
    await db.execute(sql`
      with artifact as (
        insert into db_artifact (category, data, created_at, workspace_id, expiration_delay)
        values ('debusine:test', '{}', '2024-01-01', 1, '1 day') returning id
      ), file as (
        insert into db_file (sha256, size) values (sha256(${name}::text::bytea), length(${name}::text)) returning id
      ), part as (
        insert into db_fileinartifact (artifact_id, file_id, path)
        select artifact.id, file.id, 'part' from artifact, file returning id
      )
      insert into db_fileupload (path, last_activity_at, file_in_artifact_id) select ${name}, '2024-01-02', id from part`);
  };

  const expire = async (
    fault?: 'kill' | 'disconnect',
    after = 0,
    counted: 'artifact' | 'file' = 'artifact',
  ): Promise<string> => {
    const words = [launcher, 'expire-artifacts', '--jsonl', '--batch-size', '3'];
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: directory,
      DATABASE_URL: url,
      DEBUSINE_STORE_DIRECTORY: store,
      DEBUSINE_UPLOAD_DIRECTORY: uploads,
    };
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const strike = (): void => {
      if (fault === 'kill') child.kill('SIGKILL');
      else
        void db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'debusine-admin expire-artifacts%'`);
    };
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    let [events, phase] = [0, 'search' as keyof PhaseCounts];
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { event } = JSON.parse(line) as { readonly event: string };
        phase = event === 'summary' ? 'end' : event === 'file' ? 'files' : 'artifacts';
        if (event === counted) events += 1;
        if (fault !== undefined && event === counted && events === after) strike();
      }
    });
    // Nothing is told of the search; it is hit a moment after the start.
    const timer = fault !== undefined && after === 0 ? setTimeout(strike, 100 + random(200)) : undefined;
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    if (fault !== undefined) counts[fault][phase] += 1;
    expect(said).not.toMatch(/\n\s+at /);
    return `${status ?? 'killed'} ${said}`;
  };

  const turns = faults.flatMap((fault) => Array.from({ length: times[fault] }, () => fault));
  for (const [turn, fault] of turns.entries()) {
    for (let content = 0; content < 10; content += 1) await upload(turn * 10 + content, '1 day');
    await partialUpload(`partial-${turn}`);
    if (fault === 'directory') {
      renameSync(store, `${store}.away`);
      writeFileSync(store, 'no directory');
      expect(await expire()).toMatch(/^7 /);
      unlinkSync(store);
      renameSync(`${store}.away`, store);
      continue;
    }
    const running = expire(
      fault,
      random(5) === 0 ? 0 : 1 + random(10),
      random(2) === 0 ? 'artifact' : 'file',
    );
    // The same contents, some of them to stay, while they are being removed.
    for (let again = 0; again < 6; again += 1)
      await upload(turn * 10 + random(10), again % 2 === 0 ? '0' : '1 day');
    await running;
  }
  expect(await expire()).toBe('0 ');
  // A kill between the commit and the unlinking leaves the partial file of an upload behind, for `vacuum-storage`.
  expect(readdirSync(uploads).length).toBeLessThanOrEqual(times.kill);
  const [orphans] = await db.execute<{ count: string }>(sql`select count(*) as count from db_fileupload`);
  expect(orphans?.count).toBe('0');

  const named = await db.execute<{ sha256: string; size: string; is_stored: boolean }>(sql`
    select encode(f.sha256, 'hex') as sha256, f.size,
      exists (select 1 from db_fileinstore s where s.file_id = f.id)
        and exists (select 1 from db_fileinartifact p where p.file_id = f.id) as is_stored
    from db_file f`);
  expect(named.filter(({ is_stored: isStored }) => !isStored)).toEqual([]);
  const onDisk = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(onDisk.map(({ name }) => name).sort()).toEqual(
    named.map(({ sha256, size }) => `${sha256}-${size}`).sort(),
  );
  for (const { name, parentPath } of onDisk) {
    const digest = createHash('sha256')
      .update(readFileSync(path.join(parentPath, name)))
      .digest('hex');
    expect(name.startsWith(digest)).toBe(true);
  }
  const [left] = await db.execute<{ count: string }>(
    sql`select count(*) as count from db_artifact where expiration_delay <> '0'`,
  );
  expect(left?.count).toBe('0');
  return counts;
}
