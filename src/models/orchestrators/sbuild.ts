/** Builds a source package for several architectures. Source: data-schemas.md 5.3. */
import { sql } from 'drizzle-orm';
import {
  type Distribution,
  hostArchitecture,
  missingEnvironment,
  needsEnvironments,
  parseDistribution,
  planSbuild,
  sbuildArchitectures,
} from '../../data/plan-sbuild.ts';
import { parse } from '../../data/problems.ts';
import { sbuild as sbuildSchema } from '../../data/workflows.ts';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { LookupError, ValidationError } from '../../errors.ts';
import { type Artifact, artifacts } from '../../schema/artifacts.ts';
import type { WorkRequest } from '../../schema/work-requests.ts';
import { textList } from '../lists.ts';
import { lookupSingle } from '../lookups.ts';
import type { Orchestrator } from './orchestrator.ts';

export const sbuild: Orchestrator = {
  async checkInput(db, workflow) {
    await prepare(db, workflow);
  },
  async plan(db, workflow, existing) {
    const { architectures, environments } = await prepare(db, workflow);
    return planSbuild({ taskData: workflow.taskData, architectures, environments }, existing);
  },
};

interface Preparation {
  readonly architectures: readonly string[];
  /** The artifact of the environment for each architecture; empty if the workers have chroots. */
  readonly environments: ReadonlyMap<string, number>;
}

async function prepare(db: Db, { taskData, workspaceId }: WorkRequest): Promise<Preparation> {
  const { target_distribution, input } = parse(sbuildSchema(), taskData, 'task_data');
  const distribution = parseDistribution(target_distribution);
  const architectures = sbuildArchitectures(taskData, await sourcePackage(db, input.source_artifact_id));
  if (!needsEnvironments(taskData)) return { architectures, environments: new Map() };
  const found = await environmentsFor(db, { distribution, architectures, workspaceId });
  const environments = new Map(
    architectures.map((architecture): readonly [string, number] => {
      const environment = found.get(hostArchitecture(architecture));
      if (environment === undefined) throw missingEnvironment(distribution, architecture);
      return [architecture, environment];
    }),
  );
  return { architectures, environments };
}

async function sourcePackage(db: Db, id: number): Promise<Pick<Artifact, 'id' | 'category' | 'data'>> {
  const [found] = await db
    .select({ id: artifacts.id, category: artifacts.category, data: artifacts.data })
    .from(artifacts)
    // No id is larger; a larger number would be no bigint for the server.
    .where(sql`${artifacts.id} = ${Number.isSafeInteger(id) ? id : 0}::bigint`);
  if (found !== undefined) return found;
  throw new ValidationError({ task_data: [`input.source_artifact_id: artifact ${id} does not exist`] });
}

interface Wanted {
  readonly distribution: Distribution;
  readonly architectures: readonly string[];
  readonly workspaceId: Id<'Workspace'>;
}

/**
 * The newest environment for each architecture of a machine. It is what the lookup
 * `VENDOR/match:codename=CODENAME:architecture=ARCHITECTURE` finds, for all of them with one statement.
 */
async function environmentsFor(
  db: Db,
  { distribution, architectures, workspaceId }: Wanted,
): Promise<ReadonlyMap<string, number>> {
  const collectionId = await environmentsOf(db, distribution.vendor, workspaceId);
  if (collectionId === null) return new Map();
  const hosts = [...new Set(architectures.map(hostArchitecture))];
  const rows = await db.execute<{ architecture: string; artifact: string }>(sql`
    select newest.architecture, newest.artifact
    from (
      select distinct on (i.data ->> 'architecture')
        i.data ->> 'architecture' as architecture, i.artifact_id as artifact
      from db_collectionitem i
      where i.parent_collection_id = ${collectionId}::bigint
        and i.removed_at is null
        and i.child_type = 'a'
        and i.data ->> 'codename' = ${distribution.codename}::text
        and i.data ->> 'architecture' in ${textList(hosts)}
      order by i.data ->> 'architecture', i.created_at desc, i.id desc
    ) newest
    join db_artifact a on a.id = newest.artifact
    join db_workspace w on w.id = a.workspace_id
    where w.public or w.id = ${workspaceId}::bigint`);
  return new Map(rows.map(({ architecture, artifact }) => [architecture, Number(artifact)]));
}

/** The vendor's collection of environments, or null. */
async function environmentsOf(
  db: Db,
  vendor: string,
  workspaceId: Id<'Workspace'>,
): Promise<Id<'Collection'> | null> {
  try {
    const { collection } = await lookupSingle(db, vendor, {
      workspaceId,
      expectType: 'collection',
      defaultCategory: 'debian:environments',
    });
    return collection.id;
  } catch (error) {
    if (error instanceof LookupError) return null;
    throw error;
  }
}
