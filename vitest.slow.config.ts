/** `pnpm test:slow`: tests of programs that start slowly, apart from the others. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['bench/test/*.slow.ts'],
    testTimeout: 120_000,
  },
});

export default config;
