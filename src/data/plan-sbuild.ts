/** The children of an `sbuild` workflow, and what has to be known before they can be planned. Source: data-schemas.md 5.3. */
import { AssertionError, ValidationError } from '../errors.ts';
import { buildArchitectures } from './debian-architectures.ts';
import { storedEventReactions } from './event-reactions.ts';
import { isJsonObject, type Json, type JsonObject, ownMember } from './json.ts';
import type { ExistingChild, PlannedChild } from './planned-children.ts';
import { parse } from './problems.ts';
import { describe, quote } from './quote.ts';
import { usesSchroot } from './worker-tasks.ts';
import { storedWorkflowData } from './workflow-data.ts';
import { sbuild } from './workflows.ts';

function refused(message: string): ValidationError {
  return new ValidationError({ task_data: [message] });
}

/** What the workflow builds for. */
export interface Distribution {
  readonly vendor: string;
  readonly codename: string;
}

/**
 * The two sides of the first colon in `target_distribution`.
 * @throws ValidationError on `task_data` if there is no colon
 */
export function parseDistribution(targetDistribution: string): Distribution {
  const colon = targetDistribution.indexOf(':');
  if (colon < 0)
    throw refused(`target_distribution: ${quote(targetDistribution)} has not the form vendor:codename`);
  return { vendor: targetDistribution.slice(0, colon), codename: targetDistribution.slice(colon + 1) };
}

/** The architecture of the machine that builds for an architecture: `all` is built on `amd64`. */
export function hostArchitecture(architecture: string): string {
  return architecture === 'all' ? 'amd64' : architecture;
}

/** A lookup for the environment to build in; its default category is `debian:environments`. */
export function environmentLookup({ vendor, codename }: Distribution, architecture: string): string {
  return `${vendor}/match:codename=${codename}:architecture=${hostArchitecture(architecture)}`;
}

/** The error about an environment that does not exist. */
export function missingEnvironment(distribution: Distribution, architecture: string): ValidationError {
  const name = `${distribution.vendor}:${distribution.codename}`;
  return refused(`there is no environment for ${quote(name)} on ${quote(hostArchitecture(architecture))}`);
}

/** Whether each architecture needs an environment; otherwise the worker has a chroot for the distribution. */
export function needsEnvironments(taskData: JsonObject): boolean {
  return !usesSchroot(parse(sbuild(), taskData, 'task_data').backend);
}

/**
 * The architectures to build for, sorted.
 * @param taskData of the workflow, as it is stored
 * @param source the artifact that `input.source_artifact_id` names
 * @throws ValidationError on `task_data` if that does not fit, if the artifact is no source package or says
 *   nothing about architectures, or if it cannot be built for any that is wanted
 */
export function sbuildArchitectures(
  taskData: JsonObject,
  source: { readonly id: number; readonly category: string; readonly data: Json },
): readonly string[] {
  const { architectures } = parse(sbuild(), taskData, 'task_data');
  if (source.category !== 'debian:source-package') {
    throw refused(`input.source_artifact_id: must be a debian:source-package, not a ${source.category}`);
  }
  const fields = isJsonObject(source.data) ? ownMember(source.data, 'dsc_fields') : undefined;
  const field = isJsonObject(fields) ? ownMember(fields, 'Architecture') : undefined;
  if (typeof field !== 'string') {
    throw refused(
      `artifact ${source.id}: the field Architecture of the source package must be text, not ${describe(field)}`,
    );
  }
  const found = buildArchitectures(architectures, field);
  if (found.length > 0) return found;
  throw refused(
    `none of the architectures ${architectures.join(', ')} is among those of the source package, ${quote(field)}`,
  );
}

/** The architecture that an existing child builds for; undefined if its data does not say. */
function builtArchitecture({ taskData }: ExistingChild): string | undefined {
  const components = ownMember(taskData, 'build_components');
  if (Array.isArray(components) && components.length === 1 && components[0] === 'all') return 'all';
  const host = ownMember(taskData, 'host_architecture');
  return typeof host === 'string' ? host : undefined;
}

/**
 * The children to create, in alphabetical order of their architectures; those that exist are left out.
 * @param workflow `taskData` as it is stored; `architectures` as {@link sbuildArchitectures} gives them;
 *   `environments` the id of the environment's artifact for each, not looked at if {@link needsEnvironments}
 *   says no
 * @throws ValidationError on `task_data` if that does not fit or an environment is missing
 * @throws AssertionError if a child exists for an architecture that is not wanted
 */
export function planSbuild(
  workflow: {
    readonly taskData: JsonObject;
    readonly architectures: readonly string[];
    readonly environments: ReadonlyMap<string, number>;
  },
  existing: readonly ExistingChild[] = [],
): readonly PlannedChild[] {
  const { taskData, architectures, environments } = workflow;
  const { target_distribution, backend } = parse(sbuild(), taskData, 'task_data');
  const distribution = parseDistribution(target_distribution);
  // Other children are somebody's addition and none of ours.
  const builds = existing.filter(({ taskName }) => taskName.toLowerCase() === 'sbuild');
  const built = new Set(builds.map(builtArchitecture));
  const unwanted = [...built].find(
    (architecture) => architecture === undefined || !architectures.includes(architecture),
  );
  if (unwanted !== undefined || built.has(undefined)) {
    throw new AssertionError(`the workflow has a child for the unwanted architecture ${describe(unwanted)}`);
  }

  const place = (architecture: string): JsonObject => {
    if (usesSchroot(backend)) return { distribution: distribution.codename };
    const environment = environments.get(architecture);
    if (environment === undefined) throw missingEnvironment(distribution, architecture);
    return { environment };
  };

  return [...architectures]
    .sort()
    .filter((architecture) => !built.has(architecture))
    .map((architecture) => ({
      taskType: 'Worker',
      taskName: 'sbuild',
      taskData: {
        input: ownMember(taskData, 'input') ?? {},
        host_architecture: hostArchitecture(architecture),
        build_components: [architecture === 'all' ? 'all' : 'any'],
        backend,
        ...place(architecture),
      },
      workflowData: storedWorkflowData({
        display_name: `Build ${architecture}`,
        step: `build-${architecture}`,
      }),
      eventReactions: storedEventReactions({}),
    }));
}
