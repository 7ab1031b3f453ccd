/** Extracts the programs in the documentation: code blocks of Markdown files, and @examples. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { publicPackages } from '../../release/packages.ts';

/** A program of a document, and the lines that it has to print. */
export interface Program {
  /** The file and line, such as README.md:30. */
  readonly name: string;
  readonly code: string;
  /** The texts after `// →`, in order. */
  readonly expected: readonly string[];
}

const findExpectations = (code: string): string[] =>
  [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => text.trim());

/**
 * Returns the programs in the TypeScript blocks of a Markdown document.
 *
 * A block that does not begin with an import continues the program before it, so that a text can
 * explain a program piece by piece.
 */
export const parseMarkdown = (name: string, text: string): Program[] => {
  const programs: { name: string; code: string }[] = [];
  for (const match of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
    // A program of the README is for the folder `scratch`, one level less deep than that of the
    // tests.
    const code = match[1].replaceAll("'../packages/", "'../../packages/");
    const line = text.slice(0, match.index).split('\n').length + 1;
    const last = programs.at(-1);
    if (/^\s*(\/\/.*\n\s*)*import /.test(code) || last === undefined)
      programs.push({ name: `${name}:${line}`, code });
    else last.code += code;
  }
  return programs.map((program) => ({ ...program, expected: findExpectations(program.code) }));
};

/** Returns the examples in the docstrings of a source file, each with `prelude` in front. */
export const parseSource = (name: string, text: string, prelude: string): Program[] =>
  [...text.matchAll(/^[ \t]*\*? ?@example(.*?)(?=\*\/|^[ \t]*\* @)/gms)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    const code = match[1]
      .replace(/^[ \t]*\* ?/gm, '')
      .replace(/^\n*/, '')
      .trim();
    return { name: `${name}:${line}`, code: `${prelude}\n${code}\n`, expected: findExpectations(code) };
  });

const findFiles = (folder: string, ending: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(folder, name));

/** Returns the paths of the Markdown files of the repository, relative to `root`. */
export const findDocuments = (root: string): string[] => [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync(join(root, 'packages'))
    .map((name) => join('packages', name, 'README.md'))
    .filter((path) => existsSync(join(root, path))),
];

/** Returns the op that CONTRIBUTING.md shows, with code that uses it. */
const readNewOp = (text: string): Program => {
  const code = /^ +```ts\n(.*?)^ +```$/ms.exec(text)?.[1] ?? '';
  const source = '../../packages/autograd/src';
  return {
    name: 'CONTRIBUTING.md',
    code: [
      `import { bind } from '${source}/core/bind.ts';`,
      `import type { ElementwisePrimitive } from '${source}/core/primitive.ts';`,
      `import { grad, mul, neg, square, tensor, type Tensor, type TensorLike } from '${source}/index.ts';`,
      code,
      'console.log(reciprocal(tensor([4, 0])).toArray(), grad((x: Tensor) => reciprocal(x))(tensor(2)).item());',
    ].join('\n'),
    expected: ['[ 0.25, Infinity ] -0.25'],
  };
};

/** Returns all programs in the documentation of the repository at `root`. */
export const findPrograms = (root: string, prelude: string): Program[] => {
  const nameOf = (path: string): string => path.replaceAll('\\', '/');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');
  const sources = publicPackages.flatMap(({ folder }) =>
    findFiles(join(root, folder, 'src'), '.ts').map((path) => relative(root, path)),
  );
  return [
    ...findDocuments(root)
      .filter((path) => path !== 'CONTRIBUTING.md')
      .flatMap((path) => parseMarkdown(nameOf(path), read(path))),
    readNewOp(read('CONTRIBUTING.md')),
    ...sources.flatMap((path) => parseSource(nameOf(path), read(path), prelude)),
  ];
};
