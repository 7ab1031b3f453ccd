import { join } from 'node:path';
import { publicPackages, root } from '../../release/packages.ts';

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: '@mini',
  entryPoints: publicPackages.flatMap(({ entries }) => entries.map((entry) => join(root, entry))),
  entryPointStrategy: 'resolve',
  tsconfig: 'tsconfig.json',
  out: '../../out/api',
  readme: 'none',
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  githubPages: false,
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Function', 'Class', 'Interface'],
  treatWarningsAsErrors: true,
};
