/**
 * `pnpm pack:all`: packs the public packages, which are built before, as .tgz files that refer to
 * each other by their paths.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packInto } from './pack-into.ts';
import { root } from './packages.ts';
import { run } from './run.ts';

const folder = join(root, 'out', 'packages');

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Replaces versions of our own packages in a packed package with the paths of their files: they are
 * in no registry yet.
 */
const referToFiles = (file: string, files: ReadonlyMap<string, string>): void => {
  const content = join(folder, 'package');
  run(folder, 'tar', '-xzf', file);
  const path = join(content, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, version]) => {
    const own = files.get(name);
    return [name, own === undefined ? version : `file:${own}`] as const;
  });
  if (dependencies.length > 0) {
    writeFileSync(
      path,
      JSON.stringify({ ...manifest, dependencies: Object.fromEntries(dependencies) }, null, 2),
    );
    run(folder, 'tar', '-czf', file, 'package');
  }
  rmSync(content, { recursive: true });
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const packed = packInto(folder);
const files = [...packed.values()];
for (const file of files) referToFiles(file, packed);
console.log(`packed ${files.map((file) => relative(root, file)).join(' and ')}`);
console.log('the files refer to each other by their paths: leave them there');
console.log(`in your project:\n  npm install ${files.join(' ')}`);
