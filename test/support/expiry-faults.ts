/**
 * Does to expiry whatever may happen to it, at random instants, while the same contents are uploaded, and looks at what
 * is left after one more run.
 */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { serverAccount } from '../../src/db/embedded/account.ts';
import type { Id } from '../../src/db/ids.ts';
import { DebusineError } from '../../src/errors.ts';
import { createFromLocalArtifact } from '../../src/models/artifacts.ts';
import { contentName } from '../../src/storage/contents.ts';
import { contentOf } from '../storage/scratch.ts';
import { buildProgram } from './built-program.ts';
import { type CrashingServer, withCrashingServer } from './crashing-server.ts';
import { randomNumbers } from './expiry-graphs.ts';
import { at } from './factories.ts';
import { expectNamedFilesAndNothingElse } from './stored-contents.ts';
import { runStruck } from './struck-program.ts';

/**
 * What happens to a run: it is killed; its sessions are ended; the server crashes and recovers; its store is not a
 * directory any more; the directories of its store cannot be written to.
 */
const faults = ['kill', 'disconnect', 'restart', 'directory', 'unwritable'] as const;

export type Fault = (typeof faults)[number];
type Strike = Exclude<Fault, 'directory' | 'unwritable'>;

/** How often a run was hit in which phase, as its events tell. */
export type PhaseCounts = Record<'search' | 'artifacts' | 'files' | 'end', number>;

const command = 'expire-artifacts';

/**
 * The program is built anew, and runs as an ordinary user, whom the store belongs to.
 * @param times how often each of them happens, in turn
 * @returns the phases in which it was hit
 */
export async function expectRecovery(
  times: Readonly<Record<Fault, number>>,
  seed: number,
): Promise<Readonly<Record<Strike, PhaseCounts>>> {
  const program = await buildProgram();
  try {
    return await withCrashingServer((server) => recovery(server, program.directory, times, seed));
  } finally {
    program.remove();
  }
}

async function recovery(
  server: CrashingServer,
  programDirectory: string,
  times: Readonly<Record<Fault, number>>,
  seed: number,
): Promise<Readonly<Record<Strike, PhaseCounts>>> {
  const { db, url } = server;
  const account = serverAccount(null);
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-faults-'));
  chmodSync(directory, 0o755);
  const [store, uploads, local] = ['store', 'uploads', 'content'].map((name) =>
    path.join(directory, name),
  ) as [string, string, string];
  for (const each of [store, uploads]) {
    mkdirSync(each);
    if (account.isOther) chownSync(each, account.uid, account.gid);
  }
  const random = randomNumbers(seed);
  const none: PhaseCounts = { search: 0, artifacts: 0, files: 0, end: 0 };
  const counts = { kill: { ...none }, disconnect: { ...none }, restart: { ...none } };
  /** Contents of which nobody knows whether they were uploaded. */
  const unsure = new Set<string>();

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
    fault?: Strike,
    after = 0,
    counted: 'artifact' | 'file' = 'artifact',
  ): Promise<string> => {
    let [events, phase] = [0, 'search' as keyof PhaseCounts];
    const { status, stderr } = await runStruck({
      words: [path.join(programDirectory, 'debusine-admin'), command, '--jsonl', '--batch-size', '3'],
      env: {
        PATH: '/usr/bin:/bin',
        HOME: directory,
        DATABASE_URL: url,
        DEBUSINE_STORE_DIRECTORY: store,
        DEBUSINE_UPLOAD_DIRECTORY: uploads,
      },
      account,
      onEvent({ event }) {
        phase = event === 'summary' ? 'end' : event === 'file' ? 'files' : 'artifacts';
        if (event === counted) events += 1;
        return fault !== undefined && event === counted && events === after;
      },
      // Nothing is told of the search; it is hit a moment after the start.
      afterMs: fault !== undefined && after === 0 ? 100 + random(200) : undefined,
      async strike(kill) {
        if (fault === 'kill') kill();
        else if (fault === 'disconnect') await server.endSessionsOf(command);
        else await server.crashBelow(command);
      },
    });
    if (fault !== undefined) counts[fault][phase] += 1;
    return `${status} ${stderr}`;
  };

  const turns = faults.flatMap((fault) => Array.from({ length: times[fault] }, () => fault));
  for (const [turn, fault] of turns.entries()) {
    for (let content = 0; content < 10; content += 1) await upload(turn * 10 + content, '1 day');
    await partialUpload(`partial-${turn}`);
    /** The same contents, some of them to stay, while they are being removed. */
    const uploadAgain = async (): Promise<void> => {
      for (let again = 0; again < 6; again += 1) {
        const content = turn * 10 + random(10);
        try {
          await upload(content, again % 2 === 0 ? '0' : '1 day');
        } catch (error) {
          if (fault !== 'restart' || !(error instanceof DebusineError)) throw error;
          unsure.add(contentName(contentOf(`content ${content}`)));
        }
      }
    };
    if (fault === 'directory') {
      renameSync(store, `${store}.away`);
      writeFileSync(store, 'no directory');
      expect(await expire()).toMatch(/^7 /);
      unlinkSync(store);
      renameSync(`${store}.away`, store);
    } else if (fault === 'unwritable') {
      const directories = directoriesBelow(store);
      for (const each of directories) chmodSync(each, 0o500);
      const [said] = await Promise.all([expire(), uploadAgain()]);
      for (const each of directories) chmodSync(each, 0o755);
      expect(said).toMatch(/^7 /);
    } else {
      const running = expire(
        fault,
        random(5) === 0 ? 0 : 1 + random(10),
        random(2) === 0 ? 'artifact' : 'file',
      );
      await Promise.all([running, uploadAgain()]);
      if (fault === 'restart') await server.untilUp();
    }
  }
  expect(await expire()).toBe('0 ');
  // Where a run ends between the commit and the unlinking it leaves the partial file of an upload behind, for
  // `vacuum-storage`.
  expect(readdirSync(uploads).length).toBeLessThanOrEqual(times.kill + times.restart);
  const [left] = await db.execute<{ uploads: string; artifacts: string }>(sql`
    select (select count(*) from db_fileupload) as uploads,
      (select count(*) from db_artifact where expiration_delay <> '0') as artifacts`);
  expect(left).toEqual({ uploads: '0', artifacts: '0' });
  await expectNamedFilesAndNothingElse(db, store, unsure);
  return counts;
}

/** The directory and all below it. */
const directoriesBelow = (base: string): readonly string[] => [
  base,
  ...readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name, parentPath }) => path.join(parentPath, name)),
];
