import type { LookupResult } from '../../models/lookups.ts';
import type { Column } from '../../output/columns.ts';
import { argument, defineCommand, flag, option, type Output, shown } from '../command.ts';
import { idOf } from '../values/integer.ts';
import { oneOf } from '../values/one-of.ts';
import { parseYaml } from '../values/yaml.ts';

const types = { artifact: 'artifact', collection: 'collection', bare: 'bare', any: 'any' } as const;
type Expected = keyof typeof types;

interface FoundRecord {
  readonly type: 'artifact' | 'collection' | 'bare';
  readonly artifact: number | null;
  readonly collection: number | null;
  readonly item: number | null;
  readonly category: string;
  readonly name: string | null;
  readonly workspace: string | null;
}

const columns: readonly Column<FoundRecord>[] = [
  { key: 'type', label: 'Type', type: 'text', description: 'artifact, collection or bare' },
  {
    key: 'artifact',
    label: 'ID',
    type: 'integer',
    nullable: true,
    description: 'number of the artifact',
    show: ({ artifact, collection }) => String(artifact ?? collection ?? '-'),
  },
  {
    key: 'collection',
    label: 'Collection',
    type: 'integer',
    nullable: true,
    description: 'number of the collection',
    hidden: true,
  },
  { key: 'category', label: 'Category', type: 'text', description: 'what it is' },
  {
    key: 'name',
    label: 'Name',
    type: 'text',
    nullable: true,
    description: 'name of the item that holds it, or of the collection',
  },
  {
    key: 'item',
    label: 'Item',
    type: 'integer',
    nullable: true,
    description: 'number of the item that holds it',
  },
  { key: 'workspace', label: 'Workspace', type: 'text', nullable: true, description: 'where it is' },
];

const one: Output<FoundRecord> = { kind: 'details', columns };
const many: Output<readonly FoundRecord[]> = { kind: 'records', things: 'results', columns };

function asRecord(found: LookupResult, workspaces: ReadonlyMap<number, string>): FoundRecord {
  const { type, artifact, collection, item } = found;
  const workspaceId = artifact?.workspaceId ?? collection?.workspaceId;
  return {
    type,
    artifact: artifact?.id ?? null,
    collection: collection?.id ?? null,
    item: item?.id ?? null,
    category: artifact?.category ?? collection?.category ?? item?.category ?? '',
    name: item?.name ?? collection?.name ?? null,
    workspace: workspaceId === undefined ? null : (workspaces.get(workspaceId) ?? null),
  };
}

export default defineCommand({
  group: 'Collections',
  summary: 'Try what a task would find',
  description:
    'Finds what a lookup names, as a task of the workspace would. A lookup is a text such as ' +
    'bookworm@debian:suite/source:hello or 12@artifacts, a number, or a mapping or list in YAML: it begins with { or ' +
    '[, or stands in a file (@FILE).',
  arguments: { lookup: argument('LOOKUP', 'what to look up') },
  options: {
    workspace: option('--workspace <NAME>', 'in whose sight', { default: 'System', completes: 'workspace' }),
    type: option(
      '--type <TYPE>',
      'what is expected; a number needs artifact or collection',
      oneOf<Expected>(types),
      {
        default: 'any',
        completes: Object.keys(types),
      },
    ),
    defaultCategory: option('--default-category <CATEGORY>', 'lets the first part be a bare name'),
    workflow: option('--workflow <N>', 'the workflow that internal@collections means', idOf<'WorkRequest'>()),
    multiple: flag('--multiple', 'several results are fine; implied by mappings and lists'),
  },
  database: 'read',
  exitCodes: { 3: 'nothing found, or the lookup is malformed' },
  examples: [
    {
      what: 'The newest version of a package',
      command: 'debusine-admin lookup bookworm@debian:suite/source:hello --type artifact',
    },
  ],
  related: ['show-collection'],
  async run(context, input) {
    const { db, settings } = context;
    const [lookups, { lookups: parseMembers }, { parse }, workspaces, workRequests] = await Promise.all([
      import('../../models/lookups.ts'),
      import('../../data/multiple-lookups.ts'),
      import('../../data/problems.ts'),
      import('../../models/workspaces.ts'),
      import('../../models/work-requests/index.ts'),
    ]);
    const workspace = await workspaces.getByName(db, input.workspace ?? settings.defaultWorkspace);
    const workflow = input.workflow === undefined ? undefined : await workRequests.get(db, input.workflow);
    const root = workflow === undefined ? null : await workRequests.getWorkflowRoot(db, workflow.id);
    const options = {
      workspaceId: workspace.id,
      workflowRootId: root?.id,
      expectType: input.type ?? 'any',
      defaultCategory: input.defaultCategory,
    };
    const text = input.lookup.startsWith('@') ? await context.readText(input.lookup.slice(1)) : input.lookup;
    const isYaml = input.lookup.startsWith('@') || /^[[{]/.test(text);
    const found: readonly LookupResult[] = isYaml
      ? await lookups.lookupMultiple(
          db,
          parse(parseMembers(), await parseYaml(text, 'LOOKUP'), 'lookup'),
          options,
        )
      : [await lookups.lookupSingle(db, /^[0-9]+$/.test(text) ? Number(text) : text, options)];
    const ids = found.flatMap(
      ({ artifact, collection }) => artifact?.workspaceId ?? collection?.workspaceId ?? [],
    );
    const names = await workspaces.namesOf(db, ids);
    const records = found.map((result) => asRecord(result, names));
    const [first] = records;
    return isYaml || input.multiple || first === undefined ? shown(many, records) : shown(one, first);
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [one as Output<never>, many as Output<never>] });
