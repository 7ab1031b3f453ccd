/** Laws that hold for all inputs. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  type Tensor,
  add,
  broadcastTo,
  checkGrads,
  grad,
  matmul,
  mul,
  sigmoid,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  tree,
} from '../src/index.ts';
import { checkBroadcast } from '../src/core/check.ts';

const value = fc.integer({ min: -8, max: 8 });
const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** Two shapes that broadcast: parts of a common one, with some sizes replaced by 1. */
const broadcastable = shape.chain((common) =>
  fc.tuple(
    ...[0, 1].map(() =>
      fc
        .tuple(
          fc.integer({ min: 0, max: common.length }),
          fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        )
        .map(([from, ones]) => common.slice(from).map((size, a) => (ones[a] ? 1 : size))),
    ),
  ),
);

const filled = (sizes: readonly number[], seed: number): Tensor =>
  tensor(
    Float32Array.from(
      { length: sizes.reduce((a, b) => a * b, 1) },
      (_, i) => ((i * 31 + seed * 17) % 13) - 6,
    ),
    sizes,
  );

describe('broadcasting', () => {
  test.prop([broadcastable])('pairs every element as NumPy does', ([left, right]) => {
    const [a, b] = [filled(left, 1), filled(right, 2)];
    const out = sub(a, b);
    expect(out.shape).toEqual(checkBroadcast('sub', [left, right]));
    const [wideA, wideB] = [a, b].map((x) => broadcastTo(x, out.shape).data);
    expect([...out.data]).toEqual([...wideA.map((x, i) => x - wideB[i])]);
  });
  test.prop([broadcastable])('is commutative', ([left, right]) => {
    const [a, b] = [filled(left, 1), filled(right, 2)];
    expect(add(a, b).toArray()).toEqual(add(b, a).toArray());
  });
  test.prop([broadcastable])('sums gradients over repeated axes', ([left, right]) => {
    const [a, b] = [filled(left, 1), filled(right, 2)];
    const [ga, gb] = grad((x: Tensor, y: Tensor) => sum(mul(x, y)), { argnums: [0, 1] })(a, b);
    expect([ga.shape, gb.shape]).toEqual([left, right]);
    // Σ x·∂f/∂x = f for a function that is linear in x.
    const f = sum(mul(a, b)).item();
    expect(sum(mul(ga, a)).item() + 0).toBe(f + 0);
    expect(sum(mul(gb, b)).item() + 0).toBe(f + 0);
  });
});

describe('gradients', () => {
  const unary = fc.constantFrom(
    tanh,
    sigmoid,
    (x: Tensor) => mul(x, x),
    (x: Tensor) => sum(x, { axis: 0, keepdims: true }),
    (x: Tensor) => transpose(x),
  );
  const matrixShape = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }));
  test.prop([matrixShape, fc.array(unary, { minLength: 1, maxLength: 4 })], { numRuns: 60 })(
    'of chains of ops are right to second order for every shape',
    (sizes, functions) => {
      checkGrads((x: Tensor) => functions.reduce((y, f) => f(y), mul(x, 0.1)), [filled(sizes, 3)], {
        tolerance: 1e-4,
      });
    },
  );
  test.prop([fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })])(
    'of matrix products are right for every size',
    (m, k, n) => {
      checkGrads(
        (a: Tensor, b: Tensor) => tanh(mul(matmul(a, b), 0.01)),
        [filled([m, k], 1), filled([k, n], 2)],
      );
    },
  );
  test.prop([fc.array(value, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 })])(
    'nest: the n-th derivative of Σ x⁴ is that of the power rule',
    (values, order) => {
      let f = (x: Tensor): Tensor => sum(mul(mul(x, x), mul(x, x)));
      for (let i = 0; i < order; i++) {
        const g = grad(f);
        f = (x) => sum(g(x));
      }
      const factor = [1, 4, 12, 24, 24][order];
      const expected = values.reduce((total, x) => total + factor * x ** (4 - order), 0);
      expect(f(tensor(values)).item()).toBe(expected);
    },
  );
});

describe('trees', () => {
  const leaf = value.map((x) => tensor(x));
  const { anyTree } = fc.letrec<{ anyTree: unknown }>((tie) => ({
    anyTree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('anyTree'), { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 5 }), tie('anyTree'), { maxKeys: 3 }),
    ),
  }));
  test.prop([anyTree])('come back from flatten and unflatten', (original) => {
    const [leaves, structure] = tree.flatten(original);
    expect(tree.unflatten(structure, leaves)).toEqual(original);
    expect(structure.paths.length).toBe(leaves.length);
    expect(tree.leaves(original)).toEqual(leaves);
  });
  test.prop([anyTree])('map with the identity to themselves, and compose', (original) => {
    expect(tree.map((x) => x, original)).toEqual(original);
    const twice = tree.map(
      (x: Tensor) => x.mul(2),
      tree.map((x: Tensor) => x.add(1), original),
    );
    expect(tree.leaves(twice).map((x) => x.item())).toEqual(
      tree.leaves(original).map((x) => (x.item() + 1) * 2),
    );
  });
});
