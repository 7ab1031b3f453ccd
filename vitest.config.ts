import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { measuredPackages } from './release/packages.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'bench/test/**/*.test.ts', 'docs/test/**/*.test.ts'],
    // The files share what they import. To load it for each takes as long as many tests.
    isolate: false,
    globalSetup: ['packages/examples/test/announce.ts', 'packages/examples/test/bundle-programs.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The suite has to run on a machine with two cores.
    maxWorkers: 2,
    coverage: {
      // The programs and the page run in separate processes, where coverage is not measured.
      include: measuredPackages.map(({ folder }) => `${folder}/src/**/*.ts`),
      thresholds: { lines: 97, functions: 97, branches: 88 },
      reporter: ['text', 'html'],
      reportOnFailure: true,
      reportsDirectory: 'out/coverage',
    },
  },
});

export default config;
