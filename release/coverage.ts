/** `pnpm coverage`: runs the tests of the public packages and measures which code they reach. */
import { publicPackages } from './packages.ts';
import { runInstalled } from './run.ts';

const folders = publicPackages.map(({ folder }) => folder);
process.exitCode = runInstalled('vitest', 'vitest', 'run', '--coverage', ...folders);
