/** Packs the public packages as .tgz files. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type PublicPackage, publicPackages, root } from './packages.ts';
import { run } from './run.ts';

/** Packs a package that is already built into a folder. Returns the path of the file. */
const pack = (own: PublicPackage, folder: string): string => {
  const printed = run(join(root, own.folder), 'pnpm', 'pack', '--json', '--pack-destination', folder);
  return (JSON.parse(printed) as { readonly filename: string }).filename;
};

/** Packs all public packages; returns the paths of the files by the names of the packages. */
export const packAll = (folder: string): ReadonlyMap<string, string> =>
  new Map(publicPackages.map((own) => [own.name, pack(own, folder)] as const));

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Returns the manifest with paths in place of versions, for the packages in `paths`. */
const withPaths = (manifest: Manifest, paths: ReadonlyMap<string, string>): Manifest => {
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, version]) => {
    const path = paths.get(name);
    return [name, path === undefined ? version : `file:${path}`] as const;
  });
  return { ...manifest, dependencies: Object.fromEntries(dependencies) };
};

/**
 * Copies packed packages into a folder, such that they refer to each other by the paths of the
 * copies: they are in no registry yet. Returns the paths of the copies.
 */
export const linkTarballs = (files: ReadonlyMap<string, string>, folder: string): string[] => {
  mkdirSync(folder, { recursive: true });
  const paths = new Map([...files].map(([name, file]) => [name, join(folder, basename(file))] as const));
  for (const [name, path] of paths) {
    const content = mkdtempSync(join(tmpdir(), 'mini-package-'));
    run(content, 'tar', '-xzf', files.get(name) ?? '');
    const manifest = join(content, 'package', 'package.json');
    const packed = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
    writeFileSync(manifest, JSON.stringify(withPaths(packed, paths), null, 2));
    run(content, 'tar', '-czf', path, 'package');
    rmSync(content, { recursive: true });
  }
  return [...paths.values()];
};
