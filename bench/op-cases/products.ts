/** Products of matrices and vectors. */
import { LARGE, type OpCase } from './case.ts';

const matrices = (n: number): readonly (readonly number[])[] => [
  [n, n],
  [n, n],
];

export const products = (): OpCase[] => [
  ...[64, 256, 1024].map((n): OpCase => ({
    name: 'matmul',
    python: 'matmul',
    shapes: matrices(n),
    operations: 2 * n ** 3,
    run: (m, [a, b]) => m.matmul(a, b),
  })),
  {
    name: 'matmul, batch of 64',
    python: 'matmul',
    shapes: [
      [64, 64, 64],
      [64, 64, 64],
    ],
    operations: 2 * 64 ** 4,
    run: (m, [a, b]) => m.matmul(a, b),
  },
  { name: 'matrix · vector', python: 'matmul', shapes: [LARGE, [1024]], run: (m, [a, b]) => m.matmul(a, b) },
  {
    name: 'matrix · vector',
    python: 'matmul',
    shapes: [[10, 200], [200]],
    run: (m, [a, b]) => m.matmul(a, b),
  },
  { name: 'vector · matrix', python: 'matmul', shapes: [[1024], LARGE], run: (m, [a, b]) => m.matmul(a, b) },
  { name: 'outer', python: 'outer', shapes: [[1024], [1024]], run: (m, [a, b]) => m.outer(a, b) },
  { name: 'dot', python: 'matmul', shapes: [[1_000_000], [1_000_000]], run: (m, [a, b]) => m.dot(a, b) },
  { name: 'vdot', python: 'vdot', shapes: [LARGE, LARGE], run: (m, [a, b]) => m.vdot(a, b) },
  {
    name: 'inner',
    python: 'inner',
    shapes: matrices(256),
    operations: 2 * 256 ** 3,
    run: (m, [a, b]) => m.inner(a, b),
  },
  {
    name: 'tensordot',
    python: 'tensordot',
    shapes: [
      [64, 64, 64],
      [64, 64, 64],
    ],
    operations: 2 * 64 ** 4,
    run: (m, [a, b]) => m.tensordot(a, b, { axes: 2 }),
  },
  {
    name: 'einsum, bij,bkj->bik',
    python: 'einsum',
    shapes: [
      [64, 64, 64],
      [64, 64, 64],
    ],
    operations: 2 * 64 ** 4,
    run: (m, [a, b]) => m.einsum('bij,bkj->bik', a, b),
  },
  { name: 'kron', python: 'kron', shapes: matrices(32), run: (m, [a, b]) => m.kron(a, b) },
  {
    name: 'cross',
    python: 'cross',
    shapes: [
      [100_000, 3],
      [100_000, 3],
    ],
    run: (m, [a, b]) => m.cross(a, b),
  },
];
