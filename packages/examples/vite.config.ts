/** The web page: `pnpm demo` serves it, `pnpm demo:build` builds static files. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';
import { renderDocuments } from './documents.ts';
import { digits, files, headers } from './served-files.ts';

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('src/web', import.meta.url)),
  // Relative: the built page works in any folder of any server.
  base: './',
  plugins: [digits(), files('documents', renderDocuments)],
  worker: { format: 'es' },
  // What Vite finds while the page loads makes it load a second time.
  optimizeDeps: {
    include: ['@mini/plot > uplot', '@mini/plot > @dagrejs/dagre', '@mini/data > fflate'],
  },
  server: { headers },
  preview: { headers },
  build: {
    outDir: fileURLToPath(new URL('dist', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});

export default config;
