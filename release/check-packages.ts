/** Checks the files and the manifest of each package. */
import { root } from './packages.ts';
import { check } from './report.ts';
import { run } from './run.ts';

/** Checks packed packages, given by name and path. */
export const checkPackages = async (tarballs: ReadonlyMap<string, string>): Promise<void> => {
  for (const [name, file] of tarballs) {
    await check(`pack ${name}`, () => {
      const files = run(root, 'tar', '-tzf', file).trim().split('\n');
      if (!files.includes('package/LICENSE'))
        throw new Error(`package/LICENSE is missing among\n${files.join('\n')}`);
      return `${files.length} files`;
    });
    await check(`publint ${name}`, () => run(root, 'pnpm', 'exec', 'publint', '--strict', file));
    await check(`attw ${name}`, () => {
      run(root, 'pnpm', 'exec', 'attw', '--profile', 'esm-only', file);
      return '';
    });
  }
};
