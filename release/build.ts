/** `pnpm build`: compiles the public packages into their `dist`. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, root } from './packages.ts';
import { run, runInstalled } from './run.ts';

const folders = publicPackages.map(({ folder }) => folder);
for (const folder of folders) rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
process.exitCode = runInstalled('typescript', 'tsc', '-b', '--force', ...folders);
// A package can have a script that adds other files.
for (const folder of folders)
  if (process.exitCode === 0 && existsSync(join(root, folder, 'build.ts')))
    run(root, process.execPath, '--import', 'tsx', join(folder, 'build.ts'));
