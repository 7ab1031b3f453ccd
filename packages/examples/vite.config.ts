/** The web page: `pnpm demo` serves it, `pnpm demo:build` builds static files. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { readDigitBytes } from './src/data/digit-bytes.ts';

const DIGITS = 'digits.bin';

/** Serves and builds the embedded digits as one compressed file. */
const digits = (): Plugin => ({
  name: 'digits',
  configureServer({ middlewares }) {
    let bytes: Uint8Array | undefined;
    middlewares.use(`/${DIGITS}`, (_request, response) => {
      bytes ??= gzipSync(readDigitBytes(), { level: 9 });
      response.setHeader('content-type', 'application/octet-stream');
      response.end(bytes);
    });
  },
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: DIGITS, source: gzipSync(readDigitBytes(), { level: 9 }) });
  },
});

/** Headers for cross-origin isolation, which shared memory between threads needs. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('src/web', import.meta.url)),
  // Relative: the built page works in any folder of any server.
  base: './',
  plugins: [digits()],
  worker: { format: 'es' },
  // What Vite finds while the page loads makes it load a second time.
  optimizeDeps: {
    include: ['@mini/plot > uplot', '@mini/data > fflate'],
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
