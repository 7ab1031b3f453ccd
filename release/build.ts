/** `pnpm build`: compiles the public packages into their `dist`. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, root } from './packages.ts';
import { runInstalled } from './run.ts';

const folders = publicPackages.map(({ folder }) => folder);
for (const folder of folders) rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
process.exitCode = runInstalled('typescript', 'tsc', '-b', '--force', ...folders);
