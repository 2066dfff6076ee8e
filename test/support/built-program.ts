/** The command line as one executable of its own, built from the sources as they are now. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

export interface BuiltProgram {
  /** Holds an executable `debusine-admin`; for PATH. */
  readonly directory: string;
  remove(): void;
}

export async function buildProgram(): Promise<BuiltProgram> {
  const directory = mkdtempSync(path.join(tmpdir(), 'debusine-admin-'));
  await build({
    entryPoints: ['src/cli/main.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    logLevel: 'warning',
    outfile: path.join(directory, 'main.cjs'),
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const executable = path.join(directory, 'debusine-admin');
  writeFileSync(
    executable,
    `#!${process.execPath}\nrequire('./main.cjs').main().then((code) => process.exit(code));\n`,
  );
  // Other accounts run it too.
  for (const file of [directory, executable]) chmodSync(file, 0o755);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
