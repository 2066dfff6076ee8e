import { describe, expect } from 'vitest';
import type { Db } from '../../../src/db/database.ts';
import { AssertionError, ValidationError } from '../../../src/errors.ts';
import { orchestratorFor, populate } from '../../../src/models/orchestrators/index.ts';
import * as workRequests from '../../../src/models/work-requests/index.ts';
import type { Artifact } from '../../../src/schema/artifacts.ts';
import type { Collection } from '../../../src/schema/collections.ts';
import type { WorkRequest } from '../../../src/schema/work-requests.ts';
import { test } from '../../support/database.ts';
import {
  aCollection,
  anArtifact,
  anItem,
  at,
  aUser,
  aWorkflowTemplate,
  aWorkspace,
} from '../../support/factories.ts';
import { countStatements } from '../sessions.ts';
import { aWorkflow } from '../work-requests/arrange.ts';

const now = at('2024-05-02 12:00');

function aSource(db: Db, Architecture = 'any all'): Promise<Artifact> {
  return anArtifact(db, {
    category: 'debian:source-package',
    data: { name: 'hello', version: '1-1', type: 'dpkg', dsc_fields: { Architecture } },
  });
}

async function anSbuild(
  db: Db,
  given: { source?: Artifact; architectures?: string[]; backend?: string; target?: string },
) {
  const source = given.source ?? (await aSource(db));
  return aWorkflow(db, {
    taskName: 'sbuild',
    taskData: {
      input: { source_artifact_id: source.id },
      target_distribution: given.target ?? 'debian:trixie',
      architectures: given.architectures ?? ['amd64', 'arm64', 'all'],
      ...(given.backend === undefined ? {} : { backend: given.backend }),
    },
  });
}

function environments(db: Db, given: Partial<Collection> = {}): Promise<Collection> {
  return aCollection(db, { name: 'debian', category: 'debian:environments', ...given });
}

/** An environment in the collection, made so many seconds after ten o'clock. */
async function anEnvironment(
  db: Db,
  collection: Collection,
  architecture: string,
  seconds = 0,
  codename = 'trixie',
) {
  const artifact = await anArtifact(db, { category: 'debian:system-tarball' });
  await anItem(db, collection, artifact, {
    data: { codename, architecture, variant: null },
    createdAt: at(`2024-05-01 10:00:${String(seconds).padStart(2, '0')}`),
  });
  return artifact;
}

const check = (db: Db, workflow: WorkRequest) => orchestratorFor('sbuild').checkInput(db, workflow);

describe('the input of sbuild', () => {
  test('is fine when the source package can be built for one of the architectures', async ({ db }) => {
    const source = await aSource(db, 'linux-any');
    await expect(
      check(db, await anSbuild(db, { source, architectures: ['all', 'arm64'] })),
    ).resolves.toBeUndefined();
  });

  test('is refused without a colon in the distribution', async ({ db }) => {
    await expect(check(db, await anSbuild(db, { target: 'trixie' }))).rejects.toThrow('vendor:codename');
  });

  test('is refused when the artifact does not exist or is no source package', async ({ db }) => {
    const source = await aSource(db);
    const absent = { ...source, id: 999_999 as typeof source.id };
    const beyond = { ...source, id: 1e300 as typeof source.id };
    for (const one of [absent, beyond, await anArtifact(db)]) {
      await expect(check(db, await anSbuild(db, { source: one }))).rejects.toThrow(ValidationError);
    }
  });

  test('is refused when the source package cannot be built for any of the architectures', async ({ db }) => {
    const source = await aSource(db, 'any');
    await expect(check(db, await anSbuild(db, { source, architectures: ['all'] }))).rejects.toThrow(
      ValidationError,
    );
    const silent = await aSource(db, ' ');
    await expect(check(db, await anSbuild(db, { source: silent }))).rejects.toThrow(ValidationError);
  });

  test('is refused when an environment is missing that the backend needs', async ({ db }) => {
    const collection = await environments(db);
    await anEnvironment(db, collection, 'amd64');
    const architectures = ['amd64', 'arm64'];
    await expect(check(db, await anSbuild(db, { architectures, backend: 'unshare' }))).rejects.toThrow(
      'there is no environment for "debian:trixie" on "arm64"',
    );
    for (const backend of ['schroot', 'auto']) {
      await expect(check(db, await anSbuild(db, { architectures, backend }))).resolves.toBeUndefined();
    }
  });

  test('is looked at when a workflow is created', async ({ db }) => {
    const template = await aWorkflowTemplate(db, { taskName: 'sbuild', taskData: { backend: 'unshare' } });
    const { id: createdById } = await aUser(db);
    const { taskData: data } = await anSbuild(db, { architectures: ['amd64'] });
    const given = { template, data, createdById };
    await expect(workRequests.createWorkflow(db, given, now)).rejects.toThrow(ValidationError);
    await anEnvironment(db, await environments(db), 'amd64');
    expect((await workRequests.createWorkflow(db, given, now)).workflow.status).toBe('pending');
  });
});

describe('the children of sbuild', () => {
  test('are one for each architecture, in alphabetical order, blocked', async ({ db }) => {
    const workflow = await anSbuild(db, { architectures: ['arm64', 'all', 'amd64'] });
    const created = await populate(db, workflow.id, now);
    const common = { input: workflow.taskData['input'], backend: 'auto', distribution: 'trixie' };
    expect(
      created.map(({ taskData, workflowDataJson, status, taskName }) => [
        taskName,
        status,
        taskData,
        workflowDataJson,
      ]),
    ).toEqual([
      [
        'sbuild',
        'blocked',
        { ...common, host_architecture: 'amd64', build_components: ['all'] },
        { display_name: 'Build all', step: 'build-all' },
      ],
      [
        'sbuild',
        'blocked',
        { ...common, host_architecture: 'amd64', build_components: ['any'] },
        { display_name: 'Build amd64', step: 'build-amd64' },
      ],
      [
        'sbuild',
        'blocked',
        { ...common, host_architecture: 'arm64', build_components: ['any'] },
        { display_name: 'Build arm64', step: 'build-arm64' },
      ],
    ]);
  });

  test('are not created again', async ({ db }) => {
    const workflow = await anSbuild(db, {});
    const created = await populate(db, workflow.id, now);
    expect(await populate(db, workflow.id, now)).toEqual([]);
    const [first] = created;
    if (first === undefined) throw new Error('nothing was created');
    await workRequests.remove(db, [first.id]);
    expect((await populate(db, workflow.id, now)).map(({ taskData }) => taskData)).toEqual([first.taskData]);
  });

  test('for an architecture that is not wanted are a defect', async ({ db }) => {
    const workflow = await anSbuild(db, {});
    const taskData = { ...(await populate(db, workflow.id, now))[0]?.taskData, host_architecture: 'riscv64' };
    await workRequests.createChild(
      db,
      workflow.id,
      { taskName: 'sbuild', taskData: { ...taskData, build_components: ['any'] } },
      now,
    );
    await expect(populate(db, workflow.id, now)).rejects.toThrow(AssertionError);
  });

  test('use the newest active environment of the vendor, that of amd64 for all', async ({ db }) => {
    const collection = await environments(db);
    await anEnvironment(db, collection, 'amd64', 1);
    const newest = await anEnvironment(db, collection, 'amd64', 3);
    await anEnvironment(db, collection, 'amd64', 2);
    await anEnvironment(db, collection, 'amd64', 9, 'bookworm');
    const arm = await anEnvironment(db, collection, 'arm64');
    const removed = await anArtifact(db);
    await anItem(db, collection, removed, {
      data: { codename: 'trixie', architecture: 'arm64' },
      createdAt: at('2024-05-03'),
      removedAt: at('2024-05-04'),
    });
    await anEnvironment(db, await environments(db, { name: 'ubuntu' }), 'amd64', 9);

    const workflow = await anSbuild(db, { backend: 'unshare' });
    const used = (await populate(db, workflow.id, now)).map(({ taskData }) => [
      taskData['build_components'],
      taskData['environment'],
    ]);
    expect(used).toEqual([
      [['all'], newest.id],
      [['any'], newest.id],
      [['any'], arm.id],
    ]);
  });

  test('see environments of their workspace and of public ones only', async ({ db }) => {
    const hidden = await aWorkspace(db);
    const collection = await environments(db, { workspaceId: hidden.id });
    await anEnvironment(db, collection, 'amd64');
    const workflow = await anSbuild(db, { backend: 'unshare', architectures: ['amd64'] });
    await expect(populate(db, workflow.id, now)).rejects.toThrow(ValidationError);

    const shown = await aWorkspace(db, { public: true });
    const open = await environments(db, { name: 'public', workspaceId: shown.id });
    const environment = await anEnvironment(db, open, 'amd64');
    const another = await anSbuild(db, {
      backend: 'unshare',
      architectures: ['amd64'],
      target: 'public:trixie',
    });
    expect((await populate(db, another.id, now))[0]?.taskData['environment']).toBe(environment.id);
  });

  test('find environments by any name of a collection, and none behind a name that is none', async ({
    db,
  }) => {
    const collection = await environments(db);
    const { id } = await anEnvironment(db, collection, 'amd64');
    const found = async (vendor: string) => {
      const given = { backend: 'unshare', architectures: ['amd64'], target: `${vendor}:trixie` };
      const workflow = await anSbuild(db, given);
      return (await populate(db, workflow.id, now))[0]?.taskData['environment'];
    };
    expect(await found('debian')).toBe(id);
    expect(await found(`${collection.id}@collections`)).toBe(id);
    for (const vendor of ['', 'nobody', 'debian/x', 'internal@collections', `1@artifacts`]) {
      await expect(found(vendor)).rejects.toThrow(ValidationError);
    }
  });

  test('take as many statements for 30 architectures as for 1', async ({ database }) => {
    const { db } = database;
    const collection = await environments(db);
    const source = await aSource(db, 'any');
    const count = async (names: readonly string[]) => {
      for (const name of names) await anEnvironment(db, collection, name);
      const { id } = await anSbuild(db, { source, backend: 'unshare', architectures: [...names] });
      return countStatements(database, (counted) => populate(counted, id, now));
    };
    const many = Array.from({ length: 30 }, (_, n) => `arch${n}`);
    expect(await count(many)).toBe(await count(['amd64']));
  });
});
