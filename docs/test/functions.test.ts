/** docs/FROM_JAX.md has to name every public function. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as autograd from '../../packages/autograd/src/index.ts';
import * as graph from '../../packages/autograd/src/jit/make-graph.ts';
import { root } from '../../release/packages.ts';

const { random, tree, ...functions } = autograd;
const exported = [
  ...Object.keys(functions),
  ...Object.keys(graph),
  ...Object.keys(random).map((name) => `random.${name}`),
  ...Object.keys(tree).map((name) => `tree.${name}`),
];

test('docs/FROM_JAX.md lists all functions', () => {
  const text = readFileSync(join(root, 'docs', 'FROM_JAX.md'), 'utf8');
  const [, list = ''] = text.split('## All functions');
  expect(exported.filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
});
