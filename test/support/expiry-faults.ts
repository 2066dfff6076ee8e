/** Kills expiry at random instants while the same contents are uploaded, and looks at what is left after one more run. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** How often a run was killed in which phase, as its events tell. */
export type PhaseCounts = Record<'search' | 'artifacts' | 'files' | 'end', number>;

/** @param kills how often; the program must have been built */
export async function expectRecovery(
  { db, url }: { readonly db: Db; readonly url: string },
  kills: number,
  seed: number,
): Promise<PhaseCounts> {
  const directory = mkdtempSync(path.join(tmpdir(), 'expiry-faults-'));
  const store = path.join(directory, 'store');
  mkdirSync(store);
  const random = randomNumbers(seed);
  const counts: PhaseCounts = { search: 0, artifacts: 0, files: 0, end: 0 };
  const local = path.join(directory, 'content');

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

  const expire = async (killAfter?: number, counted: 'artifact' | 'file' = 'artifact'): Promise<string> => {
    const words = [launcher, 'expire-artifacts', '--jsonl', '--batch-size', '3'];
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: directory,
      DATABASE_URL: url,
      DEBUSINE_STORE_DIRECTORY: store,
    };
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
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
        if (event === counted && events === killAfter) child.kill('SIGKILL');
      }
    });
    // Nothing is told of the search; it is killed a moment after the start.
    const timer = killAfter === 0 ? setTimeout(() => child.kill('SIGKILL'), 100 + random(200)) : undefined;
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    if (killAfter !== undefined) counts[phase] += 1;
    return `${status ?? 'killed'} ${said}`;
  };

  for (let kill = 0; kill < kills; kill += 1) {
    for (let content = 0; content < 10; content += 1) await upload(kill * 10 + content, '1 day');
    const running = expire(random(5) === 0 ? 0 : 1 + random(10), random(2) === 0 ? 'artifact' : 'file');
    // The same contents, some of them to stay, while they are being removed.
    for (let turn = 0; turn < 6; turn += 1)
      await upload(kill * 10 + random(10), turn % 2 === 0 ? '0' : '1 day');
    await running;
  }
  expect(await expire()).toBe('0 ');

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
