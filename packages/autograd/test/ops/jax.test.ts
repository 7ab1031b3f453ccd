/**
 * Values and gradients that JAX computed in double precision, next to ours: at once and compiled.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, grad, jit, mul, sum, tensor } from '../../src/index.ts';

const FILE = new URL('../../../../../shared/jax/functions.json.gz', import.meta.url);

interface Values {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string)[];
}

interface Row {
  readonly id: string;
  readonly args: readonly Values[];
  readonly value: Values;
  readonly weights?: readonly Values[];
  readonly grads?: readonly Values[];
  readonly axis?: number | null;
  readonly repeats?: number;
  readonly shift?: number;
  readonly source?: number;
  readonly destination?: number;
  readonly k?: number;
  readonly equation?: string;
  readonly idx?: readonly number[];
  readonly ord?: string;
  readonly strides?: readonly number[];
  readonly padding?: m.Padding;
  readonly dilation?: readonly number[];
  readonly groups?: number;
  readonly window?: readonly number[];
}

type Op = (...args: Tensor[]) => Tensor;

const along = (row: Row): { axis?: number } => (typeof row.axis === 'number' ? { axis: row.axis } : {});
const product =
  (f: Op): ((row: Row) => Op) =>
  () =>
    f;

/** How to call what JAX calls `id`, where it takes more than operands or has another name. */
const calls: Readonly<Record<string, (row: Row) => Op>> = {
  'nn.gelu': product((x) => m.gelu(x)),
  'nn.gelu_exact': product((x) => m.gelu(x, { approximate: false })),
  'nn.hard_swish': product(m.hardSilu),
  'nn.swish': product(m.silu),
  'np.negative': product(m.neg),
  'np.subtract': product(m.sub),
  'np.multiply': product(m.mul),
  'np.divide': product(m.div),
  'np.true_divide': product(m.div),
  'np.power': product(m.pow),
  'np.float_power': product(m.pow),
  'np.absolute': product(m.abs),
  'np.fabs': product(m.abs),
  'np.remainder': product(m.mod),
  'np.nan_to_num': product((x) => m.nanToNum(x)),
  'lax.erf_inv': product(m.erfInv),
  'special.erfinv': product(m.erfInv),
  'special.expit': product(m.sigmoid),
  'nn.glu': product((x) => m.glu(x)),
  'np.var': (row) => (x) => m.variance(x, along(row)),
  'np.repeat': (row) => (x) => m.repeat(x, row.repeats ?? 1, along(row)),
  'np.roll': (row) => (x) => m.roll(x, row.shift ?? 1, along(row)),
  'np.moveaxis': (row) => (x) => m.moveaxis(x, row.source ?? 0, row.destination ?? 0),
  'np.flip': (row) => (x) => m.flip(x, row.axis ?? undefined),
  'np.einsum':
    (row) =>
    (...args) =>
      m.einsum(row.equation ?? '', ...args),
  'np.tensordot': product((a, b) => m.tensordot(a, b)),
  jacfwd: product((x) => m.jacobian((v: Tensor) => mul(m.sin(v), sum(v)))(x)),
  cond: product((x) => m.cond(m.greater(sum(x), 0), m.sin, m.cos, x)),
  top_k: (row) => (x) => m.topK(x, row.k ?? 1)[0],
  take: (row) => (x) => m.take(x, [...(row.idx ?? [])]),
  at_add: (row) => (x, updates) => m.scatterAdd(x, [...(row.idx ?? [])], updates),
  at_set: product((x, updates) => m.scatterSet(x, [0, 3], updates)),
  segment_sum: product((x) => m.segmentSum(x, [0, 1, 0, 2], 3)),
  conv:
    ({ strides = 1, padding = 'SAME', dilation = 1, groups = 1 }) =>
    (x, kernel) =>
      m.conv(x, kernel, { strides, padding, dilation, groups }),
  conv1d:
    ({ strides = 1, padding = 'SAME' }) =>
    (x, kernel) =>
      m.conv(x, kernel, { strides, padding }),
  conv_transpose:
    ({ strides = 1, padding = 'SAME' }) =>
    (x, kernel) =>
      m.convTranspose(x, kernel, { strides, padding }),
  max_pool:
    ({ window = 1, strides = 1, padding = 'VALID' }) =>
    (x) =>
      m.maxPool(x, { window, strides, padding }),
  avg_pool:
    ({ window = 1, strides = 1, padding = 'VALID' }) =>
    (x) =>
      m.avgPool(x, { window, strides, padding }),
  avg_pool_exclude:
    ({ window = 1, strides = 1, padding = 'VALID' }) =>
    (x) =>
      m.avgPool(x, { window, strides, padding, countIncludePad: false }),
  dynamic_slice: product((x) => m.dynamicSlice(x, [tensor(1), tensor(2)], [2, 3])),
};

/** What the library does not have. */
const notCovered: readonly RegExp[] = [
  // Transforms of functions that the rows do not name have tests of their own.
  /^(vmap|hessian|scan|fori|associative_scan)/,
  /^linalg/,
  /^nn\.(sparse_plus|standardize)$/,
  /^np\.(sinc|deg2rad|nansum|ptp|median|average|convolve|polyval)$/,
  /^lax\.(lgamma|bessel_i0e|cumlogsumexp|igamma|digamma)$/,
  /^special\.(gammaln|entr|xlog1py|rel_entr|kl_div|digamma|i0|i1|zeta)$/,
];

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Returns our function for a row. */
const ours = (row: Row): Op => {
  const call = calls[row.id];
  if (call !== undefined) return call(row);
  const name = camelCase(row.id.replace(/^\w+\./, ''));
  const f = (m as Readonly<Record<string, unknown>>)[name] as ((...args: unknown[]) => Tensor) | undefined;
  if (f === undefined) throw new Error(`there is no function for ${row.id}`);
  return (...args) => (row.axis === undefined ? f(...args) : f(...args, along(row)));
};

const read = ({ shape, data }: Values): Tensor =>
  tensor(
    Float32Array.from(data, (x) => (typeof x === 'number' ? x : Number(x.replace('inf', 'Infinity')))),
    [...shape],
  );

/** Throws unless a result agrees with JAX's numbers to six digits: of each, or of the largest. */
const expectClose = (found: Tensor, expected: Values, ofLargest = false): void => {
  expect(found.shape).toEqual(expected.shape);
  const reference = read(expected).data;
  const largest = ofLargest ? Math.max(...reference.map(Math.abs)) : 1;
  found.data.forEach((value, i) => {
    if (Number.isFinite(reference[i])) {
      const error = Math.abs(value - reference[i]) / Math.max(1, largest, Math.abs(reference[i]));
      expect(error, `element ${i}: ${value} and ${reference[i]}`).toBeLessThan(3e-6);
    } else expect(value).toBe(reference[i]);
  });
};

const hasFile = existsSync(FILE);
const rows: readonly Row[] = hasFile
  ? (JSON.parse(gunzipSync(readFileSync(FILE)).toString()) as readonly Row[]).filter(
      ({ id }) => !notCovered.some((pattern) => pattern.test(id)),
    )
  : [];

const label = ({ id, args, value: _value, weights: _weights, grads: _grads, ...rest }: Row): string =>
  `${id} ${JSON.stringify(rest)} of ${args.map(({ shape }) => `[${shape}]`).join(' and ')}`;

describe.skipIf(!hasFile)("JAX's own numbers (skipped without ../shared/jax)", () => {
  test.each(rows.map((row, i) => [`${label(row)} (row ${i})`, row] as const))('%s', (_label, row) => {
    const f = ours(row);
    const args = row.args.map(read);
    const value = f(...args);
    expectClose(value, row.value);
    expect(jit(f)(...args)).toEqual(value);
    if (row.grads === undefined || row.weights === undefined) return;
    const weights = read(row.weights[0]);
    const gradient = grad((...xs: Tensor[]) => sum(mul(weights, f(...xs))), {
      argnums: args.map((_, i) => i),
    });
    const gradients = gradient(...args);
    gradients.forEach((found, i) => {
      const reference = row.grads?.[i];
      // A kernel's gradient is a sum over all windows, which rounds on the scale of its terms.
      if (reference !== undefined) expectClose(found, reference, row.id.startsWith('conv'));
    });
    expect(jit(gradient)(...args)).toEqual(gradients);
  });
});
