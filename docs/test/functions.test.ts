/** docs/FROM_JAX.md has to name every public function. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as autograd from '../../packages/autograd/src/index.ts';
import * as graph from '../../packages/autograd/src/jit/make-graph.ts';
import * as exporters from '../../packages/export/src/index.ts';
import * as data from '../../packages/data/src/index.ts';
import * as nn from '../../packages/nn/src/index.ts';
import * as plots from '../../packages/plot/src/index.ts';
import * as pictures from '../../packages/plot/src/graph/draw-graph.ts';
import { publicPackages, root } from '../../release/packages.ts';

const { random, tree, ...functions } = autograd;
const { initializers, metrics, ...layers } = nn;
const exported = [
  ...Object.keys(functions),
  ...Object.keys(graph),
  ...Object.keys(exporters),
  ...Object.keys(plots),
  ...Object.keys(pictures),
  ...Object.keys(layers),
  ...Object.keys(data),
  ...Object.entries({ random, tree, initializers, metrics }).flatMap(([group, members]) =>
    Object.keys(members).map((name) => `${group}.${name}`),
  ),
];

test('docs/FROM_JAX.md lists all functions', () => {
  const text = readFileSync(join(root, 'docs', 'FROM_JAX.md'), 'utf8');
  const [, list = ''] = text.split('## All functions');
  expect(exported.filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
});

test('every public function has an example', () => {
  const files = publicPackages.flatMap(({ folder }) =>
    readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, 'src', name)),
  );
  // Public functions are declared with `function`, others as arrow functions. Of overloads, the
  // first has the docstring.
  const declaration = /(\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export (?:async )?function\*? (\w+)/g;
  const hasExample = new Map<string, boolean>();
  for (const file of files)
    for (const [, docstring = '', name] of readFileSync(join(root, file), 'utf8').matchAll(declaration)) {
      const key = `${file}: ${name}`;
      hasExample.set(key, hasExample.get(key) === true || docstring.includes('@example'));
    }
  expect(hasExample.size).toBeGreaterThan(300);
  expect([...hasExample].filter(([, has]) => !has)).toEqual([]);
});
