import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { writeCommandModules } from '../src/cli/command-modules.js';

writeCommandModules();

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/soak/**', '**/node_modules/**'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
