/** `pnpm test:export`: exported models in ONNX Runtime, which that script installs. */
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['packages/export/test/engines/*.check.ts'],
    testTimeout: 60_000,
  },
});

export default config;
