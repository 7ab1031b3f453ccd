/** Checks the size of bundles, and that bundlers keep what a program needs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleExport, bundlers, gzippedSize, otherBundlers } from './bundle.ts';
import { check, expectSame } from './report.ts';
import { run } from './run.ts';

/** The largest size of each program's bundle, minified and gzipped, in bytes. */
const BUDGETS: Readonly<Record<string, number>> = { mnist: 41_350, add: 17_300 };

/** The largest size of each function of `@mini/export`, without the library, in bytes. */
const EXPORTERS: Readonly<Record<string, number>> = { toStableHLO: 15_600, toOnnx: 15_150 };

/** Programs whose bundles must keep what has no visible use. */
const SAME_OUTPUT = ['random', 'methods', 'threads'];

/** Bundles the compiled programs of the project with each bundler. */
export const checkBundles = async (project: string): Promise<void> => {
  for (const [program, budget] of Object.entries(BUDGETS))
    for (const [bundler, bundle] of Object.entries(bundlers))
      await check(
        `the bundle of ${program}.js by ${bundler} stays under ${budget} bytes, gzipped`,
        async () => {
          const size = gzippedSize(await bundle(project, program));
          if (size > budget) throw new Error(`expected at most ${budget} bytes, got ${size}`);
          return `${size} bytes`;
        },
      );
  for (const [name, budget] of Object.entries(EXPORTERS))
    await check(`${name} stays under ${budget} bytes, minified and gzipped`, async () => {
      const size = gzippedSize(await bundleExport(project, '@mini/export', name));
      if (size > budget) throw new Error(`expected at most ${budget} bytes, got ${size}`);
      return `${size} bytes`;
    });
  for (const program of SAME_OUTPUT)
    for (const [bundler, bundle] of Object.entries({ ...bundlers, ...otherBundlers }))
      await check(`the bundle of ${program}.js by ${bundler} prints what the program prints`, async () => {
        const file = `${program}-${bundler.replaceAll(' ', '-')}.mjs`;
        writeFileSync(join(project, file), await bundle(project, program));
        const [printed, expected] = [file, `${program}.js`].map((name) => run(project, 'node', name));
        expectSame(printed, expected);
        return printed;
      });
};
