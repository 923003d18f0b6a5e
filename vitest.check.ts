/** The part of `npm run check` that is a test: import floors, generated files, words. No server is started. */
import { defineConfig, mergeConfig } from 'vitest/config';
import { graphqlOnce } from './vitest.config.ts';

export default mergeConfig(
  graphqlOnce,
  defineConfig({
    test: { include: ['test/architecture/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 },
  }),
);
