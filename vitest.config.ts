import { defineConfig, mergeConfig } from 'vitest/config';

/** Node takes graphql's CommonJS build, Vite would take the other: two modules, and no error is an instance of both. */
export const graphqlOnce = defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
});

export default mergeConfig(
  graphqlOnce,
  defineConfig({
    test: {
      include: ['test/**/*.test.ts'],
      exclude: ['test/architecture/**'],
      globalSetup: ['test/harness/global-setup.ts'],
      setupFiles: ['test/harness/clock-guard.ts', 'test/harness/garbage.ts', 'test/harness/english.ts'],
      // Half of a test's time is waiting for somebody, so three share two cores well.
      maxWorkers: 3,
      // Modules are loaded once a worker, not once a file: a third of the whole run was loading. They hold no state.
      isolate: false,
      // For test/harness/garbage.ts.
      execArgv: ['--expose-gc'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      // PATIENCE of test/harness/eventually.ts, which can't be loaded here.
      expect: { poll: { timeout: 30_000 } },
    },
  }),
);
