import { mkdir, mkdtemp, readdir, rm, symlink, writeFile, cp } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildLibrary } from '../../src/library/build.js';

const root = new URL('../..', import.meta.url).pathname;
const run = promisify(execFile);

/** A project outside of ours, into which the package is installed by its name. */
export interface ScratchProject {
  /** Writes a file of the project. */
  write(name: string, text: string): Promise<void>;
  /** What the compiler says about the project's TypeScript, one line each; empty if nothing. */
  typeCheck(options?: { readonly skipLibCheck?: boolean }): Promise<readonly string[]>;
  /** Runs a file of the project with Node. @returns what it prints */
  node(file: string, env: Readonly<Record<string, string>>): Promise<string>;
  remove(): Promise<void>;
}

/** Makes the project, with the library built as `npm run build` does, and what it depends on. */
export async function makeScratchProject(): Promise<ScratchProject> {
  const directory = await mkdtemp(join(tmpdir(), 'debusine-library-'));
  const modules = join(directory, 'node_modules');
  const installed = join(modules, 'debusine-admin');
  await mkdir(installed, { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  // What `files` in package.json says, as far as the library needs it.
  await cp(join(root, 'package.json'), join(installed, 'package.json'));
  await cp(join(root, 'drizzle'), join(installed, 'drizzle'), { recursive: true });
  await buildLibrary(join(installed, 'dist'));
  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  await write('package.json', JSON.stringify({ name: 'scratch', private: true, type: 'module' }));
  return {
    write,
    async typeCheck({ skipLibCheck = true } = {}) {
      await write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            module: 'nodenext',
            moduleResolution: 'nodenext',
            target: 'es2023',
            lib: ['es2023', 'esnext.disposable'],
            types: ['node'],
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            // Packages must find what they depend on where they are installed here.
            preserveSymlinks: true,
            noEmit: true,
            skipLibCheck,
          },
          include: ['*.ts'],
        }),
      );
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      const said = await run(process.execPath, [compiler, '-p', directory], { cwd: directory }).catch(
        (error: { readonly stdout: string }) => error,
      );
      return said.stdout.split('\n').filter((line) => line !== '');
    },
    async node(file, env) {
      const { stdout } = await run(process.execPath, ['--preserve-symlinks', file], {
        cwd: directory,
        env: { PATH: process.env['PATH'], ...env },
      });
      return stdout;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
