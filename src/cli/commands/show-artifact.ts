import { argument, defineCommand, document, flag, type Output, shown } from '../command.ts';
import { artifactNamed } from '../looked-up.ts';
import {
  artifactDetailColumns,
  fileColumns,
  itemColumns,
  relationColumns,
  retentionGraph,
  type ShownArtifact,
  type ShownFile,
  type ShownItem,
  type ShownRelation,
} from '../views/artifacts.ts';
import type { Explanation } from '../../models/expiry/index.ts';
import { explanationColumns } from '../views/expiry.ts';

const details: Output<ShownArtifact> = { kind: 'details', columns: artifactDetailColumns };
const files: Output<readonly ShownFile[]> = { kind: 'records', things: 'files', columns: fileColumns };
const relations: Output<readonly ShownRelation[]> = {
  kind: 'records',
  things: 'relations',
  columns: relationColumns,
};
const items: Output<readonly ShownItem[]> = {
  kind: 'records',
  things: 'collection items',
  columns: itemColumns,
};
const picture: Output<Explanation> = {
  kind: 'drawing',
  columns: explanationColumns as never,
  async draw(explanation, { picture: form }, sink) {
    const { dotText, mermaidText } = await import('../../output/graphs.ts');
    const graph = retentionGraph(explanation);
    await sink.write(form === 'dot' ? dotText(graph) : mermaidText(graph));
  },
};

export default defineCommand({
  group: 'Artifacts',
  summary: 'Show one artifact, and how long it stays',
  description:
    'Shows one artifact: its data, files, relations and collections, and how long it stays. --format mermaid and dot ' +
    'draw what keeps it.',
  arguments: { artifact: argument('ARTIFACT', 'its number, or a lookup that ends in it') },
  options: {
    files: flag('--files', 'only its files'),
    relations: flag('--relations', 'only artifacts that it needs (out), and that need it (in)'),
    collections: flag('--collections', 'only items of collections that hold it'),
    data: flag('--data', 'only its data'),
  },
  exclusive: [['files', 'relations', 'collections', 'data']],
  formats: ['mermaid', 'dot'],
  database: 'read',
  exitCodes: { 3: 'unknown artifact' },
  examples: [
    { what: 'All of it', command: 'debusine-admin show-artifact 12' },
    { what: 'Its files, for a script', command: 'debusine-admin show-artifact 12 --files --jsonl' },
    { what: 'What keeps it, as a picture', command: 'debusine-admin show-artifact 12 --format mermaid' },
  ],
  related: ['list-artifacts', 'download-artifact', 'expire-artifacts'],
  async run(context, input) {
    const { db, now, output } = context;
    const [artifacts, expiry] = await Promise.all([
      import('../../models/artifacts.ts'),
      import('../../models/expiry/index.ts'),
    ]);
    const id = await artifactNamed(context, input.artifact, 'ARTIFACT');
    const artifact = await artifacts.show(db, id, now);
    if (input.files) return shown(files, artifact.files);
    if (input.relations) return shown(relations, artifact.relations);
    if (input.collections) return shown(items, artifact.collection_items);
    if (input.data) return shown(document, artifact.data);
    const explanation = await expiry.explain(db, id, now);
    if (output.picture !== undefined) return shown(picture, explanation);
    const { decision, reasons } = explanation;
    return shown(details, { ...artifact, retention: { decision, reason: reasons[0]?.code ?? null } });
  },
}).shownAs({ kind: 'choice', columns: [], outputs: [details, files, relations, items, document] });
