/** Compares initializers with those of JAX, and checks what they promise. */
import { describe, expect, test } from 'vitest';
import { eye, jit, matmul, random, reshape, type Tensor, transpose } from '@mini/autograd';
import { initializers } from '../src/index.ts';
import { distance, hasReference, readRows } from './reference.ts';

interface Row {
  readonly id: string;
  readonly seed: number;
  readonly value: { readonly shape: readonly number[]; readonly data: readonly number[] };
}

const made: Readonly<Record<string, initializers.Initializer>> = {
  init_orthogonal: initializers.orthogonal(),
  init_truncated_normal: initializers.truncatedNormal(0.02),
};
const rows = readRows<Row>('prng').filter(({ id }) => Object.hasOwn(made, id));

describe.skipIf(!hasReference)('initializers (skipped without ../shared/jax)', () => {
  test('have rows', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
  });
  test.each(rows.map((row) => [row.id, row.seed, row.value] as const))(
    '%s of seed %i has the numbers of JAX',
    (id, seed, { shape, data }) => {
      const found = [...made[id](random.key(seed), [...shape]).data];
      expect(distance(found, data)).toBeLessThan(3e-7);
      // In units in the last place of each number, however small it is.
      const bits = new Int32Array(Float32Array.from(found).buffer);
      const expected = new Int32Array(Float32Array.from(data).buffer);
      expect(Math.max(...bits.map((word, i) => Math.abs(word - expected[i])))).toBeLessThanOrEqual(20);
    },
  );
});

describe('orthogonal', () => {
  const isOrthonormal = (q: Tensor): void => {
    const far = distance([...matmul(transpose(q), q).data], [...eye(q.shape[1]).data]);
    expect(far).toBeLessThan(1e-6);
  };
  test('has orthonormal columns, or rows if there are fewer of them', () => {
    isOrthonormal(initializers.orthogonal()(random.key(1), [50, 30]));
    isOrthonormal(initializers.orthogonal()(random.key(1), [30, 30]));
    isOrthonormal(transpose(initializers.orthogonal()(random.key(1), [30, 50])));
    isOrthonormal(reshape(initializers.orthogonal()(random.key(1), [3, 3, 2, 5]), [18, 5]));
  });
  test('has a scale, and empty shapes', () => {
    const [one, two] = [1, 2].map((scale) => initializers.orthogonal(scale)(random.key(1), [4, 3]));
    expect(two).toEqual(one.mul(2));
    expect(initializers.orthogonal()(random.key(1), [0, 3]).shape).toEqual([0, 3]);
    expect(() => initializers.orthogonal()(random.key(1), [3])).toThrow(
      'initializers.orthogonal: shape has too few axes: expected at least 2, got [3]',
    );
    const compiled = jit((key: random.Key) => initializers.orthogonal()(key, [2, 2]));
    expect(() => compiled(random.key(1))).toThrow(
      'jit: a value that is not known while the function is compiled',
    );
  });
});

test('truncatedNormal stays within its bounds', () => {
  const x = initializers.truncatedNormal(0.5, -1, 3)(random.key(2), [1000]).data;
  expect([Math.min(...x) >= -0.5, Math.max(...x) <= 1.5, Math.max(...x) > 1]).toEqual([true, true, true]);
  expect(() => initializers.truncatedNormal(1, 2, 2)).toThrow(
    'initializers.truncatedNormal: bounds are empty: expected lower < upper, got 2 and 2',
  );
});
