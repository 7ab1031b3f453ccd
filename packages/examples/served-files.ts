/** Files that the pages' servers make, and the headers that they send. */
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { readDigitBytes } from './src/data/digit-bytes.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.bin': 'application/octet-stream',
  '.html': 'text/html; charset=utf-8',
  '.mjs': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Headers for cross-origin isolation, which shared memory between threads needs. */
export const headers: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Files beside the page, which are made when they are first asked for. */
export const files = (name: string, make: () => ReadonlyMap<string, string | Uint8Array>): Plugin => {
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

/** The embedded digits as one compressed file. */
export const digits = (): Plugin =>
  files('digits', () => new Map([['digits.bin', gzipSync(readDigitBytes(), { level: 9 })]]));
