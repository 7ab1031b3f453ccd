/** `pnpm create:app DIR`: makes a project of one's own, which contains the packages as files. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseOptions, run as runProgram } from '@mini/tools/cli';
import { Command } from 'commander';
import { packInto } from './pack-into.ts';
import { root } from './packages.ts';

/** The folder of the project from which pnpm was called: pnpm changes to that of the script. */
const calledFrom = process.env['INIT_CWD'] ?? process.cwd();

const command = new Command('create:app')
  .description('Makes a project that trains a network: TypeScript, a test and a plot.')
  .argument('<folder>', 'where to make it; it must not exist yet');
parseOptions(command);

interface Manifest {
  dependencies?: Readonly<Record<string, string>>;
  overrides?: Readonly<Record<string, string>>;
  name: string;
}

/** Makes the project. Throws an Error if its folder exists. */
const createApp = (folder: string): void => {
  if (existsSync(folder)) throw new Error(`${folder} exists already: expected a new folder`);
  mkdirSync(join(folder, 'vendor'), { recursive: true });
  cpSync(join(root, 'release', 'template'), folder, { recursive: true });
  // npm leaves a file of this name out of packages, so the template has another one.
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'));
  const files = [...packInto(join(folder, 'vendor'))];
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  manifest.name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-');
  manifest.dependencies = Object.fromEntries(
    files.map(([name, file]) => [name, `file:vendor/${basename(file)}`]),
  );
  // The packages depend on each other, and are in no registry yet.
  manifest.overrides = Object.fromEntries(files.map(([name]) => [name, `$${name}`]));
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
};

await runProgram(() => {
  const folder = resolve(calledFrom, command.args[0]);
  createApp(folder);
  console.log(`made ${folder}\n\n  cd ${folder}\n  npm install\n  npm start`);
});
