/** Compiles the programs with versions of TypeScript. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './report.ts';
import { runPackage } from './run.ts';

const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  lib: ['ES2023', 'DOM'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  // Emits declarations of inferred types as well: every type in a public type must be exported.
  declaration: true,
};

/** Compiles the programs of the project with each version; leaves their JavaScript there. */
export const checkTypes = async (project: string, versions: readonly string[]): Promise<void> => {
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  for (const version of versions)
    await check(`compile, and emit declarations, with TypeScript ${version}`, () =>
      runPackage(project, `typescript@${version}`, 'tsc'),
    );
};
