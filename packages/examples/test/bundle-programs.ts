/**
 * Bundles the programs before the tests. They then start in half the time that they need from their
 * sources, and tests start them often.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** The programs that `program.ts` runs. */
const PROGRAMS = ['cosine', 'mnist'];

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Where the bundle of a program is. */
export const bundleOf = (program: string): string => pathOf(`../out/programs/${program}.mjs`);

/** Leaves the packages of others where they are, and sources believe that they are in place. */
const inPlace: Plugin = {
  name: 'in place',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) =>
      kind === 'entry-point' || path.startsWith('@mini/') || path.startsWith('node:')
        ? undefined
        : { path: pathToFileURL(createRequire(importer).resolve(path)).href, external: true },
    );
    bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};

/** Runs before all tests: see vitest.config.ts. */
export const setup = async (): Promise<void> => {
  await build({
    entryPoints: PROGRAMS.map((program) => pathOf(`../src/${program}.ts`)),
    bundle: true,
    // What programs load late stays apart.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: pathOf('../out/programs'),
    outExtension: { '.js': '.mjs' },
    plugins: [inPlace],
  });
};
