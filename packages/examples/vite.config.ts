/** The web page: `pnpm demo` serves it, `pnpm demo:build` builds static files. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { renderDocuments } from './documents.ts';
import { readDigitBytes } from './src/data/digit-bytes.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.bin': 'application/octet-stream',
  '.html': 'text/html; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** Headers for cross-origin isolation, which shared memory between threads needs. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Files beside the page, which are made when they are first asked for. */
const files = (name: string, make: () => ReadonlyMap<string, string | Uint8Array>): Plugin => {
  let made: ReadonlyMap<string, string | Uint8Array> | undefined;
  return {
    name,
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const path = (request.url ?? '').replace(/^\//, '').replace(/\?.*$/, '');
        const type = TYPES[extname(path)];
        const content = type === undefined || path === 'index.html' ? undefined : (made ??= make()).get(path);
        if (type === undefined || content === undefined) return next();
        response.setHeader('content-type', type);
        for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
        response.end(content);
      });
    },
    generateBundle() {
      for (const [fileName, source] of make()) this.emitFile({ type: 'asset', fileName, source });
    },
  };
};

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('src/web', import.meta.url)),
  // Relative: the built page works in any folder of any server.
  base: './',
  plugins: [
    // The embedded digits as one compressed file.
    files('digits', () => new Map([['digits.bin', gzipSync(readDigitBytes(), { level: 9 })]])),
    files('documents', renderDocuments),
  ],
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
