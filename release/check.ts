/**
 * `pnpm release:check`: checks the packages as they would be published.
 *
 * It installs them in an empty project, and runs them in all supported versions of Node and
 * TypeScript, in Bun, Deno, bundles and browsers. It checks the size of bundles.
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '@mini/tools/cli';
import { Command } from 'commander';
import { bundlers, gzippedSize } from './bundle.ts';
import { publicPackages, root } from './packages.ts';
import { check, conclude, expectSame } from './report.ts';
import { run, runPackage } from './run.ts';
import { checkSameBits } from './same-bits.ts';

/** The largest size of each program's bundle, minified and gzipped, in bytes. */
const BUDGETS: Readonly<Record<string, number>> = { mnist: 31_700, add: 12_450 };

const parseList = (text: string): string[] => text.split(',').filter((version) => version !== '');

interface Options {
  readonly node: readonly string[];
  readonly typescript: readonly string[];
  readonly browser: boolean;
  readonly firefox?: true;
}

const { node, typescript, browser, firefox } = parseOptions<Options>(
  new Command('release:check')
    .description('Checks the packages as they would be published.')
    .option('--node <versions>', 'versions of Node to run them in', parseList, ['20', '22', '24', '26'])
    .option('--typescript <versions>', 'versions of TypeScript to compile with', parseList, [
      '5.7',
      '5.9',
      '6',
      '7',
    ])
    .option('--no-browser', 'skip the browsers')
    .option('--firefox', 'fail if Firefox is not installed; otherwise it is skipped'),
);

const project = mkdtempSync(join(tmpdir(), 'mini-release-'));
const tarball = (name: string): string => {
  const prefix = `${name.replace('@', '').replace('/', '-')}-`;
  const found = readdirSync(project).find(
    (file) => file.startsWith(prefix) && /^\d.*\.tgz$/.test(file.slice(prefix.length)),
  );
  if (found === undefined) throw new Error(`${name} has no tarball`);
  return join(project, found);
};

const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  lib: ['ES2023', 'DOM'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  // Emits declarations of inferred types as well: every type in a public type must be exported.
  declaration: true,
};

const main = async (): Promise<void> => {
  for (const { name, folder } of publicPackages) {
    await check(`pack ${name}`, () => {
      run(join(root, folder), 'pnpm', 'pack', '--pack-destination', project);
      const size = run(project, 'tar', '-tzf', tarball(name)).trim().split('\n');
      if (!size.includes('package/LICENSE'))
        throw new Error(`package/LICENSE is missing among\n${size.join('\n')}`);
      return `${size.length} files`;
    });
    await check(`publint ${name}`, () => run(root, 'pnpm', 'exec', 'publint', '--strict', tarball(name)));
    await check(`attw ${name}`, () => {
      run(root, 'pnpm', 'exec', 'attw', '--profile', 'esm-only', tarball(name));
      return '';
    });
  }
  cpSync(join(root, 'release', 'program'), project, { recursive: true });
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module' }),
  );
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await check('npm install into an empty project', () =>
    run(
      project,
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      ...publicPackages.map(({ name }) => tarball(name)),
    ),
  );
  for (const version of typescript)
    await check(`compile, and emit declarations, with TypeScript ${version}`, () =>
      runPackage(project, `typescript@${version}`, 'tsc'),
    );
  await checkSameBits(project, { node, browser, firefox: firefox === true });
  for (const [program, budget] of Object.entries(BUDGETS)) {
    for (const bundler of Object.keys(bundlers)) {
      await check(
        `the bundle of ${program}.js by ${bundler} stays under ${budget} bytes, gzipped`,
        async () => {
          const size = gzippedSize(await bundlers[bundler](project, program));
          if (size > budget) throw new Error(`expected at most ${budget} bytes, got ${size}`);
          return `${size} bytes`;
        },
      );
    }
  }
  for (const bundler of Object.keys(bundlers)) {
    await check(`the bundle of random.js by ${bundler} prints what the program prints`, async () => {
      const file = `random-${bundler}.mjs`;
      writeFileSync(join(project, file), await bundlers[bundler](project, 'random'));
      const [printed, expected] = [file, 'random.js'].map((name) => run(project, 'node', name));
      expectSame(printed, expected);
      return printed;
    });
  }
};

try {
  await main();
} finally {
  rmSync(project, { recursive: true, force: true });
}
conclude();
