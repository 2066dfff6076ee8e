/** Builds `dist/`: the command line and the library. */
import { buildProgram } from './build/program.js';
import { writeManual, writePages } from './build/documents.js';
import { writeCommandModules } from './src/cli/command-modules.js';
import { buildLibrary } from './src/library/build.js';

writeCommandModules();
await Promise.all([buildProgram('dist'), buildLibrary('dist')]);
await writeManual('dist');
if (process.argv.includes('--docs')) await writePages();
