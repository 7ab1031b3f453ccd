/** Bundles programs, measures the bundles, and runs one in a browser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as buildWithEsbuild } from 'esbuild';
import { build as buildWithVite, preview } from 'vite';
import { launchBrowser } from '@mini/tools/browser';

/** Returns the minified bundle of a program. */
type Bundle = (project: string, program: string) => Promise<string | Uint8Array>;

export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: async (project, program) => {
    const { outputFiles } = await buildWithEsbuild({
      entryPoints: [join(project, `${program}.js`)],
      absWorkingDir: project,
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    return outputFiles[0].contents;
  },
  Vite: async (project, program) => {
    const built = await buildWithVite({
      root: project,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        target: 'es2022',
        modulePreload: false,
        rollupOptions: { input: join(project, `${program}.js`) },
      },
    });
    if (!('output' in built)) throw new Error('Vite: expected one bundle, got several');
    return built.output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('');
  },
};

/** Returns the gzipped size of a bundle in bytes. */
export const gzippedSize = (bundle: string | Uint8Array): number => gzipSync(bundle, { level: 9 }).length;

/** Returns what the program prints in Chromium, after bundling by Vite. */
export const runInBrowser = async (project: string): Promise<string> => {
  const outDir = join(project, 'site');
  await buildWithVite({ root: project, logLevel: 'error', build: { outDir, target: 'es2022' } });
  if (!readdirSync(join(outDir, 'assets')).some((name) => name.endsWith('.js')))
    throw new Error(`Vite: expected a bundle, got ${readFileSync(join(outDir, 'index.html'), 'utf8')}`);
  const server = await preview({
    root: project,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const lines: string[] = [];
    page.on('console', (message) => lines.push(message.text()));
    page.on('pageerror', (error) => lines.push(String(error)));
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await page.waitForLoadState('networkidle');
    return `${lines.join('\n')}\n`;
  } finally {
    await browser.close();
    await server.close();
  }
};
