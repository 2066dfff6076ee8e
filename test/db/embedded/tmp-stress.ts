import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildUser, runUser } from './user-processes.ts';
import { embeddedPaths } from '../../../src/db/embedded/paths.ts';
import { clusterStatus, stopCluster } from '../../../src/db/embedded/cluster.ts';
const rounds = Number(process.argv[2] ?? 50), stagger = Number(process.argv[3] ?? 0), kill = Number(process.argv[4] ?? 0);
const dir = mkdtempSync(join(tmpdir(), 'stress-')); chmodSync(dir, 0o755);
const program = await buildUser(dir);
const env = { XDG_DATA_HOME: join(dir, 'data'), XDG_STATE_HOME: join(dir, 'state'), HOME: dir };
const paths = embeddedPaths(env);
const times: number[] = []; const starts = new Set<string>(); let runs = 0, failed = 0, killed = 0, left = 0;
const t0 = performance.now();
for (let round = 0; round < rounds; round++) {
  const rt = performance.now();
  const results = await Promise.all(Array.from({ length: 8 }, async (_, i) => {
    await new Promise((r) => setTimeout(r, Math.random() * stagger));
    const k = Math.random() < kill ? (Math.random() < 0.5 ? 'begun' as const : 'leased' as const) : null;
    return runUser(program, { env, name: `${round}.${i}`, holdMs: 0 }, k);
  }));
  if (round === 0) console.log('round 0 ms', Math.round(performance.now() - rt), 'created', results.filter((r) => r.report?.created).length);
  for (const r of results) {
    runs++;
    if (r.report) { if (round > 0) times.push(r.report.acquireMs); starts.add(r.report.startedAt); }
    if (r.signal) killed++; else if (r.status !== 0) { failed++; console.log('FAIL', round, r.status, r.stderr); }
  }
  let up = true;
  for (let i = 0; i < 40 && up; i++) { up = (await clusterStatus(paths)).running; if (up) await new Promise((r) => setTimeout(r, 25)); }
  if (up) { left++; console.log('left', round, results.map((r) => r.signal ?? r.status).join()); }
}
times.sort((a, b) => a - b);
const q = (p: number) => Math.round(times[Math.floor(p * (times.length - 1))] ?? 0);
console.log(JSON.stringify({ rounds, stagger, kill, runs, failed, killed, starts: starts.size, p50: q(0.5), p95: q(0.95), max: q(1), left, seconds: Math.round((performance.now() - t0) / 1000) }));
console.log(await stopCluster(paths, { timeoutMs: 2000 }), (await clusterStatus(paths)).running);
rmSync(dir, { recursive: true, force: true });
