/** Every op, compiled: the same bits as the eager op. */
import { describe, expect, test } from 'vitest';
import { type Tensor, jit, sum, tanh, valueAndGrad } from '../../src/index.ts';
import { cases, make } from '../cases.ts';
import { bits } from './bits.ts';

describe('jit of every op', () => {
  const rows = cases.map((row, i) => [`${row.op} (row ${i})`, row] as const);
  test.each(rows)('gives the same bits: %s', (_name, { f, args }) => {
    const compiled = jit(f);
    for (const seed of [1, 2]) {
      const tensors = args.map((argument, i) => make(argument, 10 * seed + i));
      expect(bits(compiled(...tensors))).toEqual(bits(f(...tensors)));
    }
  });
  test.each(rows.filter(([, { order }]) => order !== 0))(
    'gives the same bits of gradients: %s',
    (_name, { f, args }) => {
      const tensors = args.map((argument, i) => make(argument, i));
      const g = valueAndGrad((...xs: Tensor[]) => sum(tanh(f(...xs))), { argnums: args.map((_, i) => i) });
      expect(bits(jit(g)(...tensors))).toEqual(bits(g(...tensors)));
    },
  );
});
