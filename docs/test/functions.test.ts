/** docs/FROM_JAX.md has to name every public function. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as autograd from '../../packages/autograd/src/index.ts';
import * as graph from '../../packages/autograd/src/jit/make-graph.ts';
import * as exporters from '../../packages/export/src/index.ts';
import * as data from '../../packages/data/src/index.ts';
import * as nn from '../../packages/nn/src/index.ts';
import * as plots from '../../packages/plot/src/index.ts';
import { root } from '../../release/packages.ts';

const { random, tree, ...functions } = autograd;
const { initializers, metrics, ...layers } = nn;
const exported = [
  ...Object.keys(functions),
  ...Object.keys(graph),
  ...Object.keys(exporters),
  ...Object.keys(plots),
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
