/** `pnpm create:app DIR`: makes a project of one's own, which contains the packages as files. */
import { resolve } from 'node:path';
import { parseOptions, run } from '@mini/tools/cli';
import { Command } from 'commander';
import { createApp } from './app.ts';
import { packAll } from './tarballs.ts';

/** The folder from which pnpm was called: pnpm changes to that of the repository. */
const calledFrom = process.env['INIT_CWD'] ?? process.cwd();

const command = new Command('create:app')
  .description('Makes a project that trains a network: TypeScript, a test and a plot.')
  .argument('<folder>', 'the folder of the new project; it must not exist yet');

await run(() => {
  parseOptions(command);
  const folder = resolve(calledFrom, command.args[0]);
  createApp(folder, packAll);
  console.log(`made ${folder}\n\n  cd ${folder}\n  npm install\n  npm start`);
});
