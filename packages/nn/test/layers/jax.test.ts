/** Layers of flax, computed in double precision with given parameters, next to ours. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Tensor, jit, mul, sum, tensor, tree, valueAndGrad } from '@mini/autograd';
import {
  BatchNorm,
  Conv,
  Dense,
  Embed,
  GroupNorm,
  LayerNorm,
  type Module,
  type Network,
} from '../../src/index.ts';

const FILE = new URL('../../../../../shared/jax/layers.json.gz', import.meta.url);

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type ValueTree = Values | { readonly [name: string]: ValueTree };

interface Row {
  readonly id: string;
  readonly args: readonly Values[];
  readonly variables: { readonly params?: ValueTree; readonly batch_stats?: ValueTree };
  readonly value: Values;
  readonly state: { readonly batch_stats?: ValueTree };
  readonly weights: readonly Values[];
  readonly grads: readonly ValueTree[];
}

const isValues = (value: ValueTree): value is Values => Array.isArray(value.data);

const read = ({ shape, data }: Values): Tensor => tensor([...data], [...shape]);

const readTree = (value: ValueTree): unknown =>
  isValues(value)
    ? read(value)
    : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, readTree(part)]));

/** Throws unless all leaves agree to six digits. */
const expectClose = (found: unknown, expected: unknown): void => {
  expect(tree.structure(found)).toEqual(tree.structure(expected));
  const references = tree.leaves(expected);
  tree.leaves(found).forEach((leaf, i) => {
    expect(leaf.shape).toEqual(references[i].shape);
    leaf.data.forEach((value, j) => {
      const reference = references[i].data[j];
      expect(Math.abs(value - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(3e-6);
    });
  });
};

type Gradient = (p: unknown, input: Tensor) => [[Tensor, { y: Tensor; next: unknown }], unknown[]];
type Run = (params: unknown, x: Tensor, state: unknown) => readonly [Tensor, unknown];

const plain =
  <P>(layer: Module<P>): Run =>
  (params, x) => [layer.apply(params as P, x), {}];
const batchNorm = BatchNorm({ momentum: 0.9 }) as Network<unknown, unknown, 'state'>;

const layers: Readonly<Record<string, Run>> = {
  Dense: plain(Dense(4)),
  Conv: plain(Conv(4, [3, 3])),
  LayerNorm: plain(LayerNorm()),
  GroupNorm: plain(GroupNorm({ groups: 2 })),
  Embed: plain(Embed(7, 4)),
  BatchNorm_train: (params, x, state) => batchNorm.train(params, x, { state }),
  BatchNorm_eval: (params, x, state) => [batchNorm.evaluate(params, x, state), {}],
};

const hasFile = existsSync(FILE);
const rows = hasFile
  ? (JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as readonly Row[]).filter(
      ({ id }) => layers[id] !== undefined,
    )
  : [];

describe.skipIf(!hasFile)("flax's own numbers (skipped without ../shared/jax)", () => {
  test('are there for each layer', () => {
    expect(rows.map(({ id }) => id).sort()).toEqual(Object.keys(layers).sort());
  });

  test.each(rows.map((row) => [row.id, row] as const))('%s', (id, row) => {
    const run = layers[id];
    const x = read(row.args[0]);
    const params = readTree(row.variables.params ?? {});
    const state = readTree(row.variables.batch_stats ?? {});
    const weights = read(row.weights[0]);
    const isInteger = id === 'Embed';
    const loss = (p: unknown, input: Tensor): unknown => {
      const [y, next] = run(p, input, state);
      return [sum(mul(weights, y)), { y, next }];
    };
    const gradient = valueAndGrad(loss as never, {
      argnums: isInteger ? [0] : [0, 1],
      hasAux: true,
    }) as unknown as Gradient;
    const [[, { y, next }], grads] = gradient(params, x);
    expectClose(y, read(row.value));
    expectClose(next, readTree(row.state.batch_stats ?? {}));
    grads.forEach((part, i) => expectClose(part, readTree(row.grads[i])));
    // Compiled, with the same bits.
    expect(jit(gradient as unknown as (...args: never[]) => Tensor)(params as never, x as never)).toEqual(
      gradient(params, x),
    );
  });
});
