/** What the packages weigh in a bundle, and whether bundles work in a browser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as buildWithEsbuild } from 'esbuild';
import { build as buildWithVite, preview } from 'vite';
import { launch } from '../packages/examples/test/browser/site.ts';

/** Bytes of a program's bundle by esbuild, minified and gzipped. */
export const bundleSize = async (project: string, program: string): Promise<number> => {
  const { outputFiles } = await buildWithEsbuild({
    entryPoints: [join(project, `${program}.js`)],
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
};

/** What the program prints in Chromium, bundled by Vite. */
export const runInBrowser = async (project: string): Promise<string> => {
  const outDir = join(project, 'site');
  await buildWithVite({ root: project, logLevel: 'error', build: { outDir, target: 'es2022' } });
  if (!readdirSync(join(outDir, 'assets')).some((name) => name.endsWith('.js')))
    throw new Error(`Vite made no bundle: ${readFileSync(join(outDir, 'index.html'), 'utf8')}`);
  const server = await preview({
    root: project,
    logLevel: 'error',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  });
  const browser = await launch();
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
