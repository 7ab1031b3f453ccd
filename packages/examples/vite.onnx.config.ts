/** The page that compares the library with ONNX Runtime Web: `pnpm demo:onnx` serves it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';
import { digits, files, headers } from './served-files.ts';

/** What the page loads of ONNX Runtime, for its two providers. */
const RUNTIME_FILES = [
  'ort.wasm.bundle.min.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.webgpu.bundle.min.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];
const runtime = new URL('onnx-runtime/node_modules/onnxruntime-web/dist/', import.meta.url);
const readRuntime = (): ReadonlyMap<string, Uint8Array> =>
  new Map(RUNTIME_FILES.map((name) => [name, readFileSync(new URL(name, runtime))]));

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('src/onnx', import.meta.url)),
  base: './',
  cacheDir: fileURLToPath(new URL('node_modules/.vite-onnx', import.meta.url)),
  plugins: [digits(), files('runtime', readRuntime)],
  optimizeDeps: { include: ['@mini/plot > uplot'] },
  server: { headers },
  preview: { headers },
  build: {
    outDir: fileURLToPath(new URL('dist-onnx', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
  },
});

export default config;
