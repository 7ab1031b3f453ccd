/** Packs the public packages, which are built before, into a folder. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, root } from './packages.ts';
import { run } from './run.ts';

/** Returns the path of each package's .tgz file by the package's name. */
export const packInto = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    publicPackages.map((own) => {
      const before = readdirSync(folder);
      run(join(root, own.folder), 'pnpm', 'pack', '--pack-destination', folder);
      const made = readdirSync(folder).find((name) => !before.includes(name));
      if (made === undefined) throw new Error(`${own.name} was not packed`);
      return [own.name, join(folder, made)];
    }),
  );
