/** `pnpm test:threads`: the tests of compiled functions, with all of these on several threads. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['packages/autograd/test/{jit,transforms,random}/*.test.ts'],
    // Programs on several threads need more memory, which the first file measures. The others run
    // small programs, for which threads do not help, or compile large ones.
    exclude: ['memory', 'composites', 'fusion', 'shared-in-loops'].map((name) => `**/${name}.test.ts`),
    setupFiles: ['packages/autograd/test/threads/setup.ts'],
    isolate: false,
    testTimeout: 120_000,
    maxWorkers: 1,
  },
});

export default config;
