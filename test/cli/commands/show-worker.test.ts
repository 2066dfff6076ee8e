import { describe, expect } from 'vitest';
import { test } from '../../support/database.ts';
import { at, aWorker, aWorkRequest } from '../../support/factories.ts';
import { runCommand } from '../../support/run-command.ts';

describe('show-worker', () => {
  test('tells everything about one worker', async ({ database: { db, url } }) => {
    const worker = await aWorker(db, {
      staticMetadata: { tasks_denylist: ['sbuild'] },
      dynamicMetadata: { tasks_denylist: [], 'system:cpu_count': 8 },
      dynamicMetadataUpdatedAt: at('2024-05-02'),
    });
    const request = await aWorkRequest(db, {
      workerId: worker.id,
      status: 'running',
      taskName: 'lintian',
      startedAt: at('2024-05-02 10:00'),
    });
    await aWorkRequest(db, { workerId: worker.id, status: 'completed', result: 'success' });
    const { exitCode, stdout, stderr } = await runCommand({ url }, ['show-worker', worker.name, '--json']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      id: worker.id,
      name: worker.name,
      type: 'external',
      internal: false,
      registered: worker.registeredAt,
      connected: null,
      enabled: true,
      concurrency: 1,
      running: 1,
      pending: 0,
      busy: true,
      token_id: worker.tokenId,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      static_metadata: { tasks_denylist: ['sbuild'] },
      dynamic_metadata: { tasks_denylist: [], 'system:cpu_count': 8 },
      dynamic_metadata_updated_at: '2024-05-02T00:00:00.000000Z',
      metadata: { tasks_denylist: ['sbuild'], 'system:cpu_count': 8 },
      current_work_requests: [
        {
          id: request.id,
          task_name: 'lintian',
          status: 'running',
          started_at: '2024-05-02T10:00:00.000000Z',
        },
      ],
      finished: { success: 1, failure: 0, error: 0 },
    });
    const lines = await runCommand({ url }, ['show-worker', '--id', String(worker.id)], {
      terminal: true,
      env: { NO_COLOR: '1' },
    });
    expect(lines.stdout).toContain('Finished:');
    expect(lines.stdout).toContain('1 success, 0 failure, 0 error');
    const merged = await runCommand({ url }, ['show-worker', worker.name, '--metadata', 'merged']);
    expect(merged.stdout).toBe('system:cpu_count: 8\ntasks_denylist:\n- sbuild\n');
    const asJson = await runCommand({ url }, ['show-worker', worker.name, '--metadata', 'static', '--json']);
    expect(asJson.stdout).toBe('{"tasks_denylist":["sbuild"]}\n');
  });

  test.for([
    [['nosuch'], 3],
    [['x', '--metadata', 'secret'], 2],
    [[], 2],
  ] as const)('%j is refused', async ([words, status], { database }) => {
    expect(await runCommand(database, ['show-worker', ...words])).toMatchObject({
      exitCode: status,
      stdout: '',
    });
  });
});
