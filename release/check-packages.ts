/** Checks the files and the manifest of each package. */
import { root } from './packages.ts';
import { check } from './report.ts';
import { run, runAsync } from './run.ts';

/** The part of a manifest that the checks read. */
interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly publishConfig?: { readonly access?: string };
}

const readManifest = (file: string): Manifest =>
  JSON.parse(run(root, 'tar', '-xzOf', file, 'package/package.json')) as Manifest;

/**
 * Runs npm's own checks, and throws an Error if a scoped package would be private.
 *
 * `--offline`, because npm would refuse a version that is published already. A dry run needs no
 * login.
 */
const publishDry = (name: string, file: string): Promise<string> => {
  const access = readManifest(file).publishConfig?.access;
  if (name.startsWith('@') && access !== 'public')
    throw new Error(`publishConfig.access: expected public, got ${access}`);
  return runAsync(root, 'npm', 'publish', '--dry-run', '--offline', file);
};

/** Checks that the types of all entries are found. Styles have none. */
const checkEntries = async (file: string): Promise<string> => {
  const styles = Object.keys(readManifest(file).exports).filter((entry) => entry.endsWith('.css'));
  const excluded = styles.length === 0 ? [] : ['--exclude-entrypoints', ...styles];
  await runAsync(root, 'pnpm', 'exec', 'attw', '--profile', 'esm-only', file, ...excluded);
  return '';
};

/** Checks one packed package. */
const checkPackage = async (name: string, file: string): Promise<void> => {
  await check(`pack ${name}`, () => {
    const files = run(root, 'tar', '-tzf', file).trim().split('\n');
    if (!files.includes('package/LICENSE'))
      throw new Error(`package/LICENSE is missing among\n${files.join('\n')}`);
    return `${files.length} files`;
  });
  await check(`publint ${name}`, () => runAsync(root, 'pnpm', 'exec', 'publint', '--strict', file));
  await check(`attw ${name}`, () => checkEntries(file));
  await check(`npm publish --dry-run ${name}`, () => publishDry(name, file));
};

/** Checks packed packages, given by name and path, all at once. */
export const checkPackages = async (tarballs: ReadonlyMap<string, string>): Promise<void> => {
  await Promise.all([...tarballs].map(([name, file]) => checkPackage(name, file)));
};
