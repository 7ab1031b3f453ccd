/**
 * `pnpm release:check`: checks the packages as they would be published.
 *
 * It installs them in an empty project, and runs them in all supported versions of Node and
 * TypeScript, in Bun, Deno, bundles and browsers. It checks the size of bundles. Then it installs
 * them in projects of users.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '@mini/tools/cli';
import { Command, InvalidArgumentError } from 'commander';
import { checkApp } from './check-app.ts';
import { checkBits } from './check-bits.ts';
import { checkBundles } from './check-bundles.ts';
import { checkPackages } from './check-packages.ts';
import { checkProjects } from './check-projects.ts';
import { checkTypes } from './check-types.ts';
import { root } from './packages.ts';
import { projects } from './projects.ts';
import { check, conclude } from './report.ts';
import { runAsync } from './run.ts';
import { linkTarballs, packAll } from './tarballs.ts';

const parseList = (text: string): string[] => text.split(',').filter((item) => item !== '');

const projectNames = projects.map(({ name }) => name);

const parseProjects = (text: string): string[] => {
  const names = parseList(text);
  const unknown = names.find((name) => !projectNames.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected names of ${projectNames.join(', ')}, got ${unknown}.`);
  return names;
};

interface Options {
  readonly node: readonly string[];
  readonly typescript: readonly string[];
  readonly projects: readonly string[];
  readonly app: boolean;
  readonly browser: boolean;
  readonly firefox?: true;
}

const options = parseOptions<Options>(
  new Command('release:check')
    .description('Checks the packages as they would be published.')
    .option('--node <versions>', 'versions of Node to run them in', parseList, ['20', '22', '24', '26'])
    .option('--typescript <versions>', 'versions of TypeScript to compile with', parseList, [
      '5.7',
      '5.9',
      '6',
      '7',
    ])
    .option('--projects <names>', 'projects of users to install them in', parseProjects, projectNames)
    .option('--no-app', 'skip the project that create:app makes')
    .option('--no-browser', 'skip the browsers, and the projects with a page')
    .option('--firefox', 'fail if Firefox is not installed; without this option, it is then skipped'),
);

/** Makes a project of the programs in `release/program`. */
const createProject = async (project: string, tarballs: Iterable<string>): Promise<void> => {
  cpSync(join(root, 'release', 'program'), project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  await check('npm install into an empty project', () =>
    runAsync(project, 'npm', 'install', '--no-audit', '--no-fund', ...tarballs),
  );
};

const folder = mkdtempSync(join(tmpdir(), 'mini-release-'));
try {
  const tarballs = packAll(folder);
  const project = join(folder, 'programs');
  await Promise.all([checkPackages(tarballs), createProject(project, tarballs.values())]);
  await checkTypes(project, options.typescript);
  await checkBits(project, options);
  await checkBundles(project);
  if (options.app) await checkApp(join(folder, 'app'));
  await checkProjects(options, linkTarballs(tarballs, join(folder, 'linked')), join(folder, 'projects'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
conclude();
