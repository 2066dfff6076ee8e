/** The tree of a workflow in every format: drawn, flat, nested, and as a picture. Source: cli.md 8.11. */
import type { Db } from '../../db/database.ts';
import type { FlatNode, NestedNode, WorkflowTree } from '../../models/work-requests/index.ts';
import type { Column } from '../../output/columns.ts';
import { durationForm } from '../../output/forms.ts';
import type { Graph } from '../../output/graphs.ts';
import type { OutputOptions, Sink } from '../../output/options.ts';
import type { TreeLine } from '../../output/tree.ts';
import type { Output } from '../command.ts';
import { stateTone } from './work-requests.ts';

/** Values of `--format` beyond the usual ones. */
export const treeFormats = ['mermaid', 'dot'] as const;

const own = {
  id: { key: 'id', label: 'ID', type: 'integer', description: 'number of the work request' },
  task_type: {
    key: 'task_type',
    label: 'Type',
    type: 'text',
    description: 'Worker, Server, Internal or Workflow',
  },
  task_name: { key: 'task_name', label: 'Task', type: 'text', description: 'name of the task' },
  display_name: {
    key: 'display_name',
    label: 'Name',
    type: 'text',
    description: 'how its workflow calls it, else the name of the task',
  },
  status: {
    key: 'status',
    label: 'Status',
    type: 'text',
    description: 'pending, running, completed, aborted or blocked',
    tone: stateTone,
  },
  result: {
    key: 'result',
    label: 'Result',
    type: 'text',
    description: 'success, failure or error; empty until it ends',
    tone: stateTone,
  },
  worker: { key: 'worker', label: 'Worker', type: 'text', nullable: true, description: 'who got it' },
  waits_for: {
    key: 'waits_for',
    label: 'Waits for',
    type: 'list',
    description: 'while it is blocked: what it needs that is not completed',
  },
  duration_seconds: {
    key: 'duration_seconds',
    label: 'Duration',
    type: 'seconds',
    nullable: true,
    description: 'from start to end; null unless it has both',
    alsoCalled: 'duration',
  },
} as const satisfies Readonly<Record<string, Column<FlatNode>>>;

/** A node with what is inside of it, as JSON has it. */
const nestedColumns: readonly Column<NestedNode>[] = [
  ...Object.values(own),
  { key: 'children', label: 'Children', type: 'json', description: 'what is inside of it, by number' },
];

const parent: Column<FlatNode> = {
  key: 'parent',
  label: 'Parent',
  type: 'integer',
  nullable: true,
  description: 'what it is inside of; null for the top',
};
const depth: Column<FlatNode> = {
  key: 'depth',
  label: 'Depth',
  type: 'integer',
  description: 'levels below the top',
};

/** A line of JSON or CSV for each node, parents first. */
const flatColumns: readonly Column<FlatNode>[] = [...Object.values(own), parent, depth];

/** A node as plain output names its parts. */
interface PlainNode extends FlatNode {
  readonly type: string;
  readonly task: string;
}

const plainColumns: readonly Column<PlainNode>[] = [
  depth,
  parent,
  own.id,
  { ...own.task_type, key: 'type', alsoCalled: 'task_type' },
  { ...own.task_name, key: 'task', alsoCalled: 'task_name' },
  own.status,
  own.result,
  own.worker,
  own.waits_for,
  { ...own.display_name, hidden: true },
  { ...own.duration_seconds, hidden: true },
];

/** A tree, and the snapshot that it was read in. */
export interface ShownTree {
  readonly db: Db;
  readonly tree: WorkflowTree;
}

/** How a tree is shown. */
export const treeOutput: Output<ShownTree> = {
  kind: 'drawing',
  columns: nestedColumns,
  draw: ({ db, tree }, output, sink) => print(db, tree, output, sink),
};

async function print(db: Db, tree: WorkflowTree, output: OutputOptions, sink: Sink): Promise<void> {
  if (output.picture !== undefined) {
    const { dotText, mermaidText } = await import('../../output/graphs.ts');
    const graph = await graphOf(db, tree);
    await sink.write(output.picture === 'dot' ? dotText(graph) : mermaidText(graph));
    return;
  }
  const { oneBatch, printList, printObject } = await import('../../output/format.ts');
  switch (output.format) {
    case 'table': {
      const [{ treeText }, { loadPaint }] = await Promise.all([
        import('../../output/tree.ts'),
        import('../../output/colour.ts'),
      ]);
      await sink.write(treeText(treeLines(tree), output, await loadPaint(output.colour)));
      return;
    }
    case 'plain': {
      const rows = tree.nodes.map((node) => ({
        ...node,
        type: node.task_type.toLowerCase(),
        task: node.task_name,
      }));
      await printList(oneBatch(rows), plainColumns, output, sink);
      return;
    }
    case 'jsonl':
    case 'csv':
      await printList(oneBatch(tree.nodes), flatColumns, output, sink);
      return;
    case 'json':
    case 'yaml': {
      const { nested } = await import('../../models/work-requests/index.ts');
      await printObject(nested(tree), nestedColumns, output, sink);
      return;
    }
  }
}

function treeLines({ member, nodes }: WorkflowTree): readonly TreeLine[] {
  return nodes.map((node) => ({
    depth: node.depth,
    id: node.id,
    text: nameOf(node),
    cells: [
      { text: stateOf(node), tone: stateTone(node) },
      { text: node.worker ?? '' },
      { text: node.duration_seconds === null ? '' : durationForm(node.duration_seconds) },
    ],
    // At the top it goes without saying.
    isMarked: node.id === member && node.depth > 0,
  }));
}

/** `worker sbuild arm64` */
function nameOf({ task_type, task_name, display_name }: FlatNode): string {
  const task = `${task_type.toLowerCase()} ${task_name}`;
  return display_name === task_name ? task : `${task} ${display_name}`;
}

/** `completed success`, `blocked (waits for 42)` */
function stateOf({ status, result, waits_for }: FlatNode): string {
  const state = result === '' ? status : `${status} ${result}`;
  return waits_for.length === 0 ? state : `${state} (waits for ${waits_for.join(', ')})`;
}

async function graphOf(db: Db, { member, nodes }: WorkflowTree): Promise<Graph> {
  const { linksAmong } = await import('../../models/work-requests/index.ts');
  const links = await linksAmong(
    db,
    nodes.map(({ id }) => id),
  );
  return {
    nodes: nodes.map((node) => ({
      id: node.id,
      label: [`${node.id} ${nameOf(node)}`, stateOf(node)],
      tone: node.status === 'pending' ? 'dim' : stateTone(node),
      isMarked: node.id === member && node.depth > 0,
      inside: node.parent,
    })),
    // Arrows go the way the work goes: from what is needed to what needs it.
    edges: links.map(({ from, to }) => ({ from: to, to: from })),
  };
}
