/** `pnpm coverage`: runs the tests of the libraries and measures which code they reach. */
import { measuredPackages } from './packages.ts';
import { runInstalled } from './run.ts';

const folders = measuredPackages.map(({ folder }) => folder);
process.exitCode = runInstalled('vitest', 'vitest', 'run', '--coverage', ...folders);
