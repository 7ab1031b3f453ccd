/** Makes a project of one's own from the template. */
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makeDirectory } from '@mini/tools/files';
import { root } from './packages.ts';

interface Manifest {
  name: string;
  dependencies?: Readonly<Record<string, string>>;
  overrides?: Readonly<Record<string, string>>;
}

/**
 * Makes a project that contains the packages as files. Throws an Error if its folder exists.
 *
 * `packAll` packs them into a given folder and returns their paths by their names.
 */
export const createApp = (folder: string, packAll: (folder: string) => ReadonlyMap<string, string>): void => {
  if (existsSync(folder)) throw new Error(`${folder} exists already: expected a new folder`);
  try {
    fillFolder(folder, packAll);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
};

const fillFolder = (folder: string, packAll: (folder: string) => ReadonlyMap<string, string>): void => {
  const vendor = join(folder, 'vendor');
  makeDirectory(vendor);
  cpSync(join(root, 'release', 'template'), folder, { recursive: true });
  // In the template, the file has another name: git would follow a file of this one there.
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'));
  const files = [...packAll(vendor)];
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const plain = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-');
  manifest.name = /[a-z0-9]/.test(plain) ? plain : 'my-app';
  manifest.dependencies = Object.fromEntries(
    files.map(([name, file]) => [name, `file:vendor/${basename(file)}`]),
  );
  // The packages depend on each other, and are in no registry yet.
  manifest.overrides = Object.fromEntries(files.map(([name]) => [name, `$${name}`]));
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
};
