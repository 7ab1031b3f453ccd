import { join } from 'node:path';
import { publicPackages, root } from '../../release/packages.ts';

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: '@mini',
  entryPoints: publicPackages.flatMap(({ entries }) => entries.map((entry) => join(root, entry))),
  entryPointStrategy: 'resolve',
  tsconfig: 'tsconfig.json',
  out: '../../out/api',
  readme: 'index.md',
  plugin: ['./plugin.js'],
  categorizeByGroup: false,
  excludeInternal: true,
  excludePrivate: true,
  disableGit: true,
  // The plugin reads the sources, and removes them.
  sourceLinkTemplate: '{path}',
  githubPages: false,
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: ['Function', 'Class', 'Interface'],
  treatWarningsAsErrors: true,
};
