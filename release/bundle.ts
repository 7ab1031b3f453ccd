/** Bundles programs, measures the bundles, and serves one to browsers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as buildWithEsbuild } from 'esbuild';
import { build as buildWithVite } from 'vite';
import { serveFolder, type Site } from './site.ts';

/** Returns the minified bundle of a program. */
type Bundle = (project: string, program: string) => Promise<string | Uint8Array>;

const bundleByEsbuild =
  (keepNames: boolean): Bundle =>
  async (project, program) => {
    const { outputFiles } = await buildWithEsbuild({
      entryPoints: [join(project, `${program}.js`)],
      absWorkingDir: project,
      bundle: true,
      minify: true,
      keepNames,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    return outputFiles[0].contents;
  };

export const bundlers: Readonly<Record<string, Bundle>> = {
  esbuild: bundleByEsbuild(false),
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

/** Bundlers with options that make bundles larger. */
export const otherBundlers: Readonly<Record<string, Bundle>> = {
  'esbuild with names': bundleByEsbuild(true),
};

/** Returns the minified code of one export of a package, without the packages that it imports. */
export const bundleExport = async (project: string, from: string, name: string): Promise<Uint8Array> => {
  const { outputFiles } = await buildWithEsbuild({
    stdin: { contents: `export { ${name} } from '${from}';`, resolveDir: project },
    absWorkingDir: project,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['@mini/autograd'],
    write: false,
  });
  return outputFiles[0].contents;
};

/** Returns the gzipped size of a bundle in bytes. */
export const gzippedSize = (bundle: string | Uint8Array): number => gzipSync(bundle, { level: 9 }).length;

/** Bundles mnist.js and its page by Vite, and serves them. */
export const serveBundle = async (project: string): Promise<Site> => {
  const outDir = join(project, 'site');
  await buildWithVite({ root: project, logLevel: 'error', build: { outDir, target: 'es2022' } });
  if (!readdirSync(join(outDir, 'assets')).some((name) => name.endsWith('.js')))
    throw new Error(`Vite: expected a bundle, got ${readFileSync(join(outDir, 'index.html'), 'utf8')}`);
  return serveFolder(outDir);
};
