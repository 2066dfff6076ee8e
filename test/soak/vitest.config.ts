import { defineConfig, mergeConfig } from 'vitest/config';
import ordinary from '../vitest.config.ts';

/** The long forms of tests: minutes, one file at a time, since they load the machine by themselves. */
export default mergeConfig(
  { ...ordinary, test: { ...ordinary.test, include: [], exclude: [] } },
  defineConfig({
    test: {
      include: ['test/soak/**/*.test.ts'],
      maxWorkers: 1,
      fileParallelism: false,
      testTimeout: 3_600_000,
      hookTimeout: 120_000,
    },
  }),
);
