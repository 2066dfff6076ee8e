/** The children of an `update_environments` workflow. Source: data-schemas.md 5.4. */
import { storedEventReactions } from './event-reactions.ts';
import { isJsonObject, type Json, type JsonObject, cloneJson, ownMember } from './json.ts';
import type { ExistingChild, PlannedChild } from './planned-children.ts';
import { parse, problemsOf, refusal } from './problems.ts';
import { taskSchema } from './tasks.ts';
import { storedWorkflowData } from './workflow-data.ts';
import { updateEnvironments, type UpdateEnvironmentsData } from './workflows.ts';

type Target = UpdateEnvironmentsData['targets'][number];

/** The two kinds of environment: how they are built, called and found. */
const kinds = [
  {
    taskName: 'mmdebstrap',
    template: 'mmdebstrap_template',
    title: 'Build tarball',
    category: 'debian:system-tarball',
  },
  {
    taskName: 'simplesystemimagebuild',
    template: 'simplesystemimagebuild_template',
    title: 'Build image',
    category: 'debian:system-image',
  },
] as const;

/** The template, made out for one codename and one architecture. What does not have the right form is left as it is. */
function fillTemplate(template: JsonObject, codename: string, architecture: string): JsonObject {
  const given = ownMember(template, 'bootstrap_options');
  const options = given === undefined ? {} : given;
  const repositories = ownMember(template, 'bootstrap_repositories');
  return cloneJson({
    ...template,
    bootstrap_options: isJsonObject(options) ? { ...options, architecture } : options,
    ...(Array.isArray(repositories)
      ? {
          bootstrap_repositories: repositories.map((repository: Json) =>
            isJsonObject(repository) ? { suite: codename, ...repository } : repository,
          ),
        }
      : {}),
  });
}

/** For every name of the release and every variant: what the finished environment is to be known as. */
function actionVariables(target: Target, codename: string): readonly JsonObject[] {
  const aliases = Object.hasOwn(target.codename_aliases, codename)
    ? target.codename_aliases[codename]
    : undefined;
  return [codename, ...(aliases ?? [])].flatMap((name): readonly JsonObject[] =>
    target.variants.length === 0
      ? [{ codename: name }]
      : target.variants.map((variant) => ({ codename: name, variant })),
  );
}

function groupName(codename: string, variants: readonly string[]): string {
  return variants.length === 0 ? codename : `${codename} [${variants.join(',')}]`;
}

/** The variables of the updates that success triggers, in order, keys sorted. */
function triggeredVariables(eventReactions: JsonObject): readonly Json[] {
  const actions = ownMember(eventReactions, 'on_success');
  if (!Array.isArray(actions)) return [];
  return actions
    .filter((action: Json) => isJsonObject(action))
    .filter((action) => ownMember(action, 'action') === 'update-collection-with-artifacts')
    .map((action) => {
      const variables = ownMember(action, 'variables');
      return isJsonObject(variables) ? Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1)) : null;
    });
}

/** Equal for two children of which only one is wanted: same task, group, architecture and action variables. */
function identity(child: ExistingChild): string {
  const options = ownMember(child.taskData, 'bootstrap_options');
  return JSON.stringify([
    child.taskName,
    ownMember(child.workflowData, 'group') ?? null,
    isJsonObject(options) ? (ownMember(options, 'architecture') ?? null) : null,
    triggeredVariables(child.eventReactions),
  ]);
}

/** @throws ValidationError on `task_data` if the filled-in template does not fit its task */
function planChild(
  kind: (typeof kinds)[number],
  template: JsonObject,
  place: { readonly vendor: string; readonly target: Target; readonly index: number },
  build: { readonly codename: string; readonly architecture: string },
): PlannedChild {
  const { codename, architecture } = build;
  const taskData = fillTemplate(template, codename, architecture);
  const schema = taskSchema('Worker', kind.taskName);
  const problems = schema === undefined ? [] : problemsOf(schema, taskData);
  if (problems.length > 0) {
    const path = `targets.${place.index}.${kind.template}`;
    const placed = problems.map((problem) => ({
      ...problem,
      path: problem.path === '' ? path : `${path}.${problem.path}`,
    }));
    throw refusal(placed, 'task_data');
  }
  return {
    taskType: 'Worker',
    taskName: kind.taskName,
    taskData,
    workflowData: storedWorkflowData({
      display_name: `${kind.title} for ${codename}/${architecture}`,
      step: `${kind.taskName}-${codename}-${architecture}`,
      group: groupName(codename, place.target.variants),
    }),
    eventReactions: storedEventReactions({
      on_success: actionVariables(place.target, codename).map((variables) => ({
        action: 'update-collection-with-artifacts',
        collection: `${place.vendor}@debian:environments`,
        variables,
        artifact_filters: { category: kind.category },
      })),
    }),
  };
}

/** Every child the workflow should have, in order, repetitions included. */
function* wantedChildren({ vendor, targets }: UpdateEnvironmentsData): Generator<PlannedChild> {
  for (const [index, target] of targets.entries()) {
    for (const codename of target.codenames) {
      for (const architecture of target.architectures) {
        for (const kind of kinds) {
          const template = target[kind.template];
          if (template !== null)
            yield planChild(kind, template, { vendor, target, index }, { codename, architecture });
        }
      }
    }
  }
}

/**
 * The children to create, in order; those that exist are left out, so that planning twice adds nothing.
 * @param taskData of the workflow, as it is stored
 * @throws ValidationError on `task_data` if that or a filled-in template does not fit
 */
export function planUpdateEnvironments(
  taskData: JsonObject,
  existing: readonly ExistingChild[] = [],
): readonly PlannedChild[] {
  const data = parse(updateEnvironments(), taskData, 'task_data');
  const known = new Set(existing.map(identity));
  const planned: PlannedChild[] = [];
  for (const child of wantedChildren(data)) {
    const key = identity(child);
    if (!known.has(key)) planned.push(child);
    known.add(key);
  }
  return planned;
}
