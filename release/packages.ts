/**
 * The public packages: every folder in `packages` whose package.json is not private.
 *
 * Build, release checks, coverage, API reference and documentation tests read this list, so a new
 * package is a new folder with a package.json and a tsconfig.json.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PublicPackage {
  /** Its name in imports, such as `@mini/nn`. */
  readonly name: string;
  /** Its folder, relative to the root of the repository, such as `packages/nn`. */
  readonly folder: string;
  /** The source files of its `exports`, relative to the root. The main one is the first. */
  readonly entries: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  /** A file for each entry, or one for browsers and one for all else. */
  readonly exports?: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The root of the repository, with a slash at the end. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

const readPackage = (folder: string): PublicPackage | undefined => {
  const path = join(root, folder, 'package.json');
  if (!existsSync(path)) return undefined;
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (manifest.private === true) return undefined;
  const files = Object.values(manifest.exports ?? {}).map((entry) =>
    typeof entry === 'string' ? entry : entry.default,
  );
  const sources = files.filter((file) => file.endsWith('.ts'));
  const entries = sources.map((entry) => join(folder, entry));
  return { name: manifest.name, folder, entries };
};

/** Sorted by folder. */
export const publicPackages: readonly PublicPackage[] = readdirSync(join(root, 'packages'))
  .sort()
  .flatMap((folder) => readPackage(`packages/${folder}`) ?? []);

/**
 * The packages whose coverage is measured. It is not measured in browsers, where figures are drawn,
 * nor in other engines, which run exported programs.
 */
export const measuredPackages: readonly PublicPackage[] = publicPackages.filter(
  ({ folder }) => !/\/(plot|export)$/.test(folder),
);

/** Entries that are not for users' programs, or that have the functions of another one. */
const SPECIAL_ENTRIES: readonly string[] = [
  'packages/autograd/src/library.ts',
  'packages/autograd/src/methods/methods.ts',
  'packages/autograd/src/random/index.ts',
  'packages/autograd/src/tree/index.ts',
  'packages/data/src/idx.ts',
  'packages/plot/src/browser.ts',
];

/** The entries whose functions the documentation lists and its examples use. */
export const documentedEntries: readonly string[] = publicPackages
  .flatMap(({ entries }) => entries)
  .filter((entry) => !SPECIAL_ENTRIES.includes(entry));
