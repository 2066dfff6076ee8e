/** Artifacts in lists and in full. Source: cli.md 8.7. */
import type { ArtifactDetails, ArtifactRecord } from '../../models/artifacts.ts';
import type { Explanation } from '../../models/expiry/index.ts';
import type { Column } from '../../output/columns.ts';
import type { Graph, GraphNode } from '../../output/graphs.ts';
import { objectOf, values } from '../../output/json-schema.ts';

export const artifactColumns: readonly Column<ArtifactRecord>[] = [
  { key: 'id', label: 'ID', type: 'integer', description: 'number of the artifact' },
  { key: 'category', label: 'Category', type: 'text', description: 'what it is', shrink: 1 },
  { key: 'workspace', label: 'Workspace', type: 'text', description: 'where it lives' },
  { key: 'created_at', label: 'Created', type: 'instant', description: 'when it was made', shrink: 3 },
  {
    key: 'created_by',
    label: 'Created by',
    type: 'text',
    nullable: true,
    description: 'user name',
    hidden: true,
  },
  {
    key: 'work_request',
    label: 'Work request',
    type: 'integer',
    nullable: true,
    description: 'what made it',
    hidden: true,
  },
  {
    key: 'expiration_delay_seconds',
    label: 'Own delay',
    type: 'seconds',
    nullable: true,
    description: 'its own delay; null: that of the workspace; 0: never',
    hidden: true,
  },
  {
    key: 'expire_at',
    label: 'Expires',
    type: 'instant',
    nullable: true,
    description: 'when its time is over; null: never',
    shrink: 2,
    tone: ({ expired }) => (expired ? 'warning' : undefined),
  },
  {
    key: 'expired',
    label: 'Expired',
    type: 'boolean',
    description: 'by time alone; something may still need it',
    hidden: true,
  },
  {
    key: 'complete',
    label: 'Complete',
    type: 'boolean',
    description: 'whether the stores of the workspace have every file',
    hidden: true,
    tone: ({ complete }) => (complete ? undefined : 'bad'),
  },
  { key: 'file_count', label: 'Files', type: 'integer', description: 'how many files it has' },
  { key: 'size_bytes', label: 'Size', type: 'bytes', description: 'of all its files together' },
  { key: 'data', label: 'Data', type: 'json', description: 'its data', hidden: true },
];

export type ShownFile = ArtifactDetails['files'][number];
export type ShownRelation = ArtifactDetails['relations'][number];
export type ShownItem = ArtifactDetails['collection_items'][number];

export const fileColumns: readonly Column<ShownFile>[] = [
  { key: 'path', label: 'Path', type: 'text', description: 'its path inside the artifact' },
  { key: 'sha256', label: 'SHA-256', type: 'digest', description: 'digest of its content' },
  { key: 'size', label: 'Size', type: 'bytes', description: 'its size' },
  { key: 'stores', label: 'Stores', type: 'list', description: 'stores that have it' },
];

export const relationColumns: readonly Column<ShownRelation>[] = [
  {
    key: 'direction',
    label: 'Direction',
    type: 'text',
    description: 'out: it needs the other one; in: the other one needs it',
  },
  { key: 'type', label: 'Type', type: 'text', description: 'in which way' },
  { key: 'artifact', label: 'Artifact', type: 'integer', description: 'number of the other one' },
  { key: 'category', label: 'Category', type: 'text', description: 'what the other one is' },
];

export const itemColumns: readonly Column<ShownItem>[] = [
  { key: 'item', label: 'Item', type: 'integer', description: 'number of the item' },
  { key: 'collection', label: 'Collection', type: 'text', description: 'NAME@CATEGORY' },
  {
    key: 'active',
    label: 'State',
    type: 'boolean',
    description: 'false when it was removed from the collection',
    show: ({ active }) => (active ? 'active' : 'removed'),
  },
];

/** What expiry would say of it. */
export interface Retention {
  readonly decision: Explanation['decision'];
  /** Code of the first reason; null when nothing keeps it. */
  readonly reason: Explanation['reasons'][number]['code'] | null;
}

export interface ShownArtifact extends ArtifactDetails {
  readonly retention: Retention;
}

/** The keys of cli.md 8.7 (show-artifact). */
export const artifactDetailColumns: readonly Column<ShownArtifact>[] = [
  ...['id', 'category', 'workspace', 'data', 'created_at', 'created_by', 'work_request'].flatMap(column),
  ...['expiration_delay_seconds', 'expire_at', 'expired', 'complete', 'file_count', 'size_bytes'].flatMap(
    column,
  ),
  { key: 'files', label: 'Files in it', type: 'json', description: 'its files by path', rows: fileColumns },
  {
    key: 'relations',
    label: 'Relations',
    type: 'json',
    description: 'artifacts that it needs, and that need it',
    rows: relationColumns,
  },
  {
    key: 'collection_items',
    label: 'Collections',
    type: 'json',
    description: 'items of collections that hold it',
    rows: itemColumns,
  },
  {
    key: 'retention',
    label: 'Retention',
    type: 'json',
    description:
      'whether expiry would keep it now, and the first reason; expire-artifacts --explain tells all',
    schema: objectOf({ decision: values.text, reason: { type: ['string', 'null'] } }),
    show: ({ retention: { decision, reason } }) => (reason === null ? decision : `${decision} (${reason})`),
  },
];

function column(key: string): readonly Column<ArtifactRecord>[] {
  return artifactColumns.filter((one) => one.key === key).map((one) => ({ ...one, hidden: false }));
}

/** What keeps an artifact, as a picture: arrows from what keeps to what is kept. */
export function retentionGraph({ artifact, category, decision, reasons }: Explanation): Graph {
  const nodes = new Map<number, GraphNode>();
  const own = reasons.filter(({ code }) => code !== 'related').map(({ code }) => words(code));
  nodes.set(artifact, {
    id: artifact,
    label: [`artifact ${artifact}`, category, decision, ...own],
    tone: decision === 'keep' ? 'good' : 'bad',
    isMarked: true,
  });
  const edges = new Map<string, Graph['edges'][number]>();
  for (const reason of reasons) {
    if (reason.code !== 'related') continue;
    const because = [
      `artifact ${reason.keeper}`,
      words(reason.keeper_code),
      ...(reason.keeper_until === null ? [] : [`until ${reason.keeper_until}`]),
    ];
    nodes.set(reason.keeper, { id: reason.keeper, label: because, tone: 'good' });
    for (const [at, link] of reason.chain.entries()) {
      if (!nodes.has(link.artifact))
        nodes.set(link.artifact, { id: link.artifact, label: [`artifact ${link.artifact}`], tone: 'dim' });
      const before = reason.chain[at - 1];
      if (before === undefined) continue;
      edges.set(`${before.artifact} ${link.artifact}`, {
        from: before.artifact,
        to: link.artifact,
        ...(link.type === undefined ? {} : { label: link.type }),
      });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

const words = (code: string): string => code.replaceAll('_', ' ');
