import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'docs/test/**/*.test.ts'],
    globalSetup: ['packages/examples/test/announce.ts'],
    testTimeout: 60_000,
    // Two cores are the smallest machine that the suite is meant for.
    maxWorkers: 2,
  },
});

export default config;
