/** The tree of a workflow. Source: cli.md 8.11 (show-workflow). */
import { sql } from 'drizzle-orm';
import type { Db } from '../../db/database.ts';
import type { Id } from '../../db/ids.ts';
import { seconds } from '../../db/listing.ts';
import { AssertionError, InvalidTransitionError } from '../../errors.ts';
import type { Result, Status, TaskType } from '../../schema/work-requests.ts';
import { get, getWorkflowRoot } from './find.ts';
import { grouped } from './grouped.ts';
import { childrenOf, duration } from './list.ts';

/** A request in a tree. */
export interface TreeNode {
  readonly id: Id<'WorkRequest'>;
  readonly task_type: TaskType;
  readonly task_name: string;
  /** How its workflow calls it, else the name of its task. */
  readonly display_name: string;
  readonly status: Status;
  readonly result: Result;
  /** Name of the worker. */
  readonly worker: string | null;
  /** While it is blocked: the dependencies that are not completed, ascending. */
  readonly waits_for: readonly Id<'WorkRequest'>[];
  readonly duration_seconds: number | null;
}

/** A request in the flat form of a tree. */
export interface FlatNode extends TreeNode {
  /** Null for the top of what is shown. */
  readonly parent: Id<'WorkRequest'> | null;
  /** 0 for the top of what is shown. */
  readonly depth: number;
}

/** A request with what is inside of it, by id. */
export interface NestedNode extends TreeNode {
  readonly children: readonly NestedNode[];
}

export interface TreeFilter {
  /** Levels below the top; absent: all. */
  readonly depth?: number | undefined;
  /** Only these, and what they are in. */
  readonly statuses?: readonly Status[] | undefined;
  /** Only those that were completed with failure or error, or aborted, and what they are in. */
  readonly failed?: boolean | undefined;
}

export interface WorkflowTree {
  /** The request that was asked for. */
  readonly member: Id<'WorkRequest'>;
  /** Parents before their children, siblings by id. The top is always there. */
  readonly nodes: readonly FlatNode[];
}

/**
 * The tree of the whole workflow that a request is in.
 * @throws NotFoundError when there is no such work request
 * @throws InvalidTransitionError when it is not part of a workflow
 */
export async function workflowTree(
  db: Db,
  id: Id<'WorkRequest'>,
  filter: TreeFilter = {},
): Promise<WorkflowTree> {
  const root = await getWorkflowRoot(db, id);
  if (root !== null) return { member: id, nodes: await subtree(db, root.id, filter) };
  throw new InvalidTransitionError(`work request ${id} is not part of a workflow`, {
    hint: `debusine-admin show-work-request ${id}`,
    details: { work_request: id },
  });
}

/** The request and everything below it, in a workflow or not. @throws NotFoundError */
export async function treeBelow(
  db: Db,
  id: Id<'WorkRequest'>,
  filter: TreeFilter = {},
): Promise<WorkflowTree> {
  await get(db, id);
  return { member: id, nodes: await subtree(db, id, filter) };
}

type Row = Omit<FlatNode, 'depth'>;

/** One recursive statement, whatever the size and the depth of the tree. */
async function subtree(db: Db, top: number, filter: TreeFilter): Promise<readonly FlatNode[]> {
  const rows = await db.execute<{ record: Row }>(sql`
    with recursive tree (id) as (
      select ${top}::bigint
      union
      select c.id from tree cross join lateral ${childrenOf(sql`tree.id`)} c
    ), open (id, dependencies) as (
      select l.from_workrequest_id, json_agg(l.to_workrequest_id order by l.to_workrequest_id)
      from tree
      join db_workrequest_dependencies l on l.from_workrequest_id = tree.id
      join db_workrequest o on o.id = l.to_workrequest_id
      where o.status <> 'completed'
      group by l.from_workrequest_id
    )
    select json_build_object(
      'id', r.id, 'task_type', r.task_type, 'task_name', r.task_name,
      'display_name', coalesce(r.workflow_data ->> 'display_name', r.task_name),
      'status', r.status, 'result', r.result, 'worker', w.name,
      'waits_for', case when r.status = 'blocked' then coalesce(open.dependencies, '[]'::json) else '[]'::json end,
      'duration_seconds', ${seconds(duration)}::double precision,
      'parent', case when r.id <> ${top}::bigint then r.parent_id end
    ) as record
    from tree
    join db_workrequest r on r.id = tree.id
    left join db_worker w on w.id = r.worker_id
    left join open on open.id = r.id
    order by r.id`);
  return inDepthFirstOrder(
    rows.map(({ record }) => record),
    filter,
  );
}

function inDepthFirstOrder(rows: readonly Row[], filter: TreeFilter): readonly FlatNode[] {
  const shown = matching(rows, filter);
  const childrenOf = grouped(
    rows.filter(({ id }) => shown.has(id)),
    ({ parent }) => parent,
  );
  const ordered: FlatNode[] = [];
  // A stack instead of recursion: how deep a tree is, its makers decide.
  const pending = [...(childrenOf.get(null) ?? [])].map((row) => ({ row, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { row, depth } = next;
    ordered.push({ ...row, depth });
    if (depth === filter.depth) continue;
    const inside = childrenOf.get(row.id) ?? [];
    pending.push(...inside.map((child) => ({ row: child, depth: depth + 1 })).reverse());
  }
  return ordered;
}

/** Ids of the rows that the filter wants, of all that they are in, and of the top. */
function matching(rows: readonly Row[], { statuses, failed = false }: TreeFilter): ReadonlySet<number> {
  const parents = new Map(rows.map(({ id, parent }) => [id, parent]));
  const shown = new Set<number>(rows.filter(({ parent }) => parent === null).map(({ id }) => id));
  for (const row of rows) {
    if (statuses !== undefined && !statuses.includes(row.status)) continue;
    if (failed && !hasFailed(row)) continue;
    let at: Id<'WorkRequest'> | null | undefined = row.id;
    for (; at !== null && at !== undefined && !shown.has(at); at = parents.get(at)) shown.add(at);
  }
  return shown;
}

function hasFailed({ status, result }: Row): boolean {
  return status === 'aborted' || (status === 'completed' && (result === 'failure' || result === 'error'));
}

/** The tree with every node inside of its parent. */
export function nested({ nodes }: WorkflowTree): NestedNode {
  const built = new Map<number, { readonly node: NestedNode; readonly children: NestedNode[] }>();
  for (const { parent, depth: _, ...node } of nodes) {
    const children: NestedNode[] = [];
    const made = { node: { ...node, children }, children };
    built.set(node.id, made);
    if (parent !== null) built.get(parent)?.children.push(made.node);
  }
  const [top] = built.values();
  if (top === undefined) throw new AssertionError('a tree has a top');
  return top.node;
}
