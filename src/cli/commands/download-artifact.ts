import type { DownloadableFile } from '../../models/artifact-downloads.ts';
import { quote } from '../../data/quote.ts';
import { DebusineError, NotFoundError, UsageError } from '../../errors.ts';
import type { Column } from '../../output/columns.ts';
import { sizeForm } from '../../output/forms.ts';
import { oneBatch, printList } from '../../output/format.ts';
import { listOf, recordSchema } from '../../output/json-schema.ts';
import { isMachineFormat } from '../../output/options.ts';
import { pathProblem } from '../artifact-files.ts';
import { argument, defineCommand, flag, option, optional, several } from '../command.ts';
import type { Context } from '../context.ts';
import { artifactNamed } from '../looked-up.ts';

interface Downloaded {
  readonly path: string;
  readonly to: string;
  readonly size: number;
  readonly ok: boolean;
}

const columns: readonly Column<Downloaded>[] = [
  { key: 'path', label: 'Path', type: 'text', description: 'its path inside the artifact' },
  { key: 'to', label: 'To', type: 'text', description: 'where it was to be written' },
  { key: 'size', label: 'Size', type: 'bytes', description: 'its size' },
  { key: 'ok', label: 'Done', type: 'boolean', description: 'whether it is there now' },
];

export default defineCommand({
  group: 'Artifacts',
  summary: 'Get the files of an artifact out of the stores',
  description:
    'Copies files of an artifact into a directory, or one to standard output. Size and digest are checked while ' +
    'copying; a file appears when it is complete, readable by you alone. No name and no symbolic link leads out of ' +
    'the directory, and no file is replaced unless --force is given.',
  arguments: {
    artifact: argument('ARTIFACT', 'its number, or a lookup that ends in it'),
    paths: optional(several(argument('PATH', 'only these files of it'))),
  },
  options: {
    to: option('--to <DIR>', 'where the files go; made when missing; - is standard output', {
      completes: 'directory',
    }),
    stdout: flag('--stdout', 'write the bytes of one file to standard output'),
    force: flag('--force', 'replace files that are there; with --stdout: also write to a terminal'),
    allowNetwork: flag('--allow-network', 'download from archives on the web'),
  },
  exclusive: [['to', 'stdout']],
  // No transaction stays open while bytes are copied.
  database: 'batches',
  exitCodes: {
    3: 'unknown artifact or path, a path that leads elsewhere, or bytes that are missing or damaged',
    4: 'a file is there already',
    7: 'some of the files could not be copied',
  },
  examples: [
    { what: 'All files', command: 'debusine-admin download-artifact 12 --to out' },
    { what: 'One of them', command: 'debusine-admin download-artifact 12 hello.dsc --stdout > hello.dsc' },
  ],
  related: ['show-artifact', 'list-artifacts', 'create-artifact'],
  async run(context, input) {
    const isStdout = input.stdout || input.to === '-';
    if (!isStdout && input.to === undefined) {
      throw new UsageError('download-artifact needs --to DIR or --stdout');
    }
    const chosen = input.paths ?? [];
    if (isStdout) refuseStdout(context, chosen, input.force);
    const { inSnapshot } = await import('../snapshot.ts');
    const files = await inSnapshot(context.db, async (db) => {
      const [downloads, artifacts] = await Promise.all([
        import('../../models/artifact-downloads.ts'),
        import('../../models/artifacts.ts'),
      ]);
      const artifact = await artifacts.get(
        db,
        await artifactNamed({ ...context, db }, input.artifact, 'ARTIFACT'),
      );
      return only(await downloads.downloadable(db, artifact.id), chosen, artifact.id);
    });
    const [single] = files;
    if (!isStdout) await toDirectory(context, files, input.to ?? '.', input);
    else if (single !== undefined) await toStdout(context, single, input);
  },
}).shownAs({ kind: 'own', columns: columns as never, schema: listOf(recordSchema(columns)) });

function refuseStdout({ host, output }: Context, chosen: readonly string[], force: boolean): void {
  if (chosen.length !== 1) {
    throw new UsageError('--stdout needs exactly one PATH', {
      hint: 'debusine-admin show-artifact ARTIFACT --files lists them',
    });
  }
  if (isMachineFormat(output.format)) {
    throw new UsageError(`--stdout writes the bytes of the file, not ${output.format}`);
  }
  if (host.stdout.isTerminal && !force) {
    throw new UsageError('refusing to write the bytes of a file to a terminal', {
      hint: 'redirect standard output, or add --force',
    });
  }
}

/** The chosen files in the order of the artifact; all when none is chosen. @throws NotFoundError */
function only(
  files: readonly DownloadableFile[],
  chosen: readonly string[],
  artifact: number,
): readonly DownloadableFile[] {
  const known = new Set(files.map(({ path }) => path));
  const unknown = chosen.find((path) => !known.has(path));
  if (unknown !== undefined) {
    throw new NotFoundError(`artifact ${artifact} has no file ${quote(unknown)}`, {
      hint: `debusine-admin show-artifact ${artifact} --files lists them`,
      details: { artifact, path: unknown },
    });
  }
  return chosen.length === 0 ? files : files.filter(({ path }) => chosen.includes(path));
}

interface How {
  readonly force: boolean;
  readonly allowNetwork: boolean;
}

async function toStdout(
  { db, settings, host, signal }: Context,
  file: DownloadableFile,
  { allowNetwork }: How,
): Promise<void> {
  const { verifiedBytes } = await import('../../models/artifact-downloads.ts');
  for await (const piece of verifiedBytes(db, file, settings, { allowNetwork, signal })) {
    await host.stdout.writeBytes(piece);
  }
}

async function toDirectory(
  context: Context,
  files: readonly DownloadableFile[],
  directory: string,
  { force, allowNetwork }: How,
): Promise<void> {
  const { db, settings, host, signal, output } = context;
  const [{ join }, { verifiedBytes }, storage, { startProgress }] = await Promise.all([
    import('node:path'),
    import('../../models/artifact-downloads.ts'),
    import('../../storage/downloads.ts'),
    import('../../output/progress.ts'),
  ]);
  const problems = new Map<string, DebusineError>();
  for (const { path } of files) {
    const problem = pathProblem(path);
    if (problem !== undefined) {
      problems.set(path, new DebusineError('invalid', `cannot write ${quote(path)}: the path ${problem}`));
    }
  }
  const root = await storage.openTarget(directory);
  for (const { path } of files) {
    if (problems.has(path) || force) continue;
    const isTaken = await storage.isTaken(root, path).catch((error: unknown) => remember(path, error));
    // Nothing is written when something would have to be replaced.
    if (isTaken) throw storage.taken(join(directory, path));
  }
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const mode = host.stderr.isTerminal && context.verbosity >= 0 ? 'bar' : 'none';
  const progress = await startProgress(
    { mode, stream: host.terminal.output, unicode: output.unicode, elapsed: () => host.clock.monotonicMs() },
    { unit: 'copied', form: sizeForm },
  );
  let done = 0;
  async function* counted(file: DownloadableFile): AsyncGenerator<Buffer> {
    for await (const piece of verifiedBytes(db, file, settings, { allowNetwork, signal })) {
      progress.update((done += piece.length), totalBytes);
      yield piece;
    }
  }
  try {
    for (const one of files) {
      signal.throwIfAborted();
      if (problems.has(one.path)) continue;
      try {
        await storage.saveBelow(root, one.path, counted(one), { overwrite: force });
      } catch (error) {
        remember(one.path, error);
      }
    }
  } finally {
    progress.stop();
  }
  const downloaded = files.map(({ path, file }) => ({
    path,
    to: join(directory, path),
    size: file.size,
    ok: !problems.has(path),
  }));
  await report(context, downloaded, [...problems.values()]);

  /** Keeps what is wrong with one file; the others go on. */
  function remember(path: string, error: unknown): false {
    if (signal.aborted || !(error instanceof DebusineError)) throw error;
    problems.set(path, error);
    return false;
  }
}

/** @throws the problem when there is but one file; otherwise each is told, and the error thrown counts them */
async function report(
  context: Context,
  downloaded: readonly Downloaded[],
  problems: readonly DebusineError[],
): Promise<void> {
  const { output, host } = context;
  const copied = downloaded.filter(({ ok }) => ok);
  const [first] = problems;
  if (first !== undefined && problems.length === 1 && copied.length === 0) throw first;
  if (isMachineFormat(output.format) || output.isAsked === true) {
    await printList(oneBatch(downloaded), columns, output, host.stdout);
  } else for (const { to } of copied) await host.stdout.write(`${to}\n`);
  for (const problem of problems) await context.error(problem);
  const counts = `copied ${copied.length} of ${downloaded.length} files`;
  if (problems.length === 0) await context.note(counts);
  else {
    const paths = downloaded.filter(({ ok }) => !ok).map(({ path }) => path);
    throw new DebusineError(copied.length > 0 ? 'partial' : 'invalid', counts, { details: { paths } });
  }
}
