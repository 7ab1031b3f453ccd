/** Every op against double precision, and its gradients against differences. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, checkGrads, grad, sum } from '../../src/index.ts';
import { float64Tensor, inFloat64 } from '../../src/reference/in-float64.ts';
import { type OpCase, cases, make, notOps } from '../cases.ts';

/** Elements so far from each other and from 0 that gradient checks do not cross a kink. */
const argumentsOf = (row: OpCase): Tensor[] => row.args.map((argument, i) => make(argument, 100 + i));

const label = (row: OpCase): string =>
  `${row.op} on ${row.args.map(({ shape }) => `[${shape}]`).join(' and ')}`;

const labelled = cases.map((row, i) => [`${label(row)} (row ${i})`, row] as const);

describe('every op', () => {
  test('has a row in the table of cases', () => {
    const functions = Object.keys(m).filter((name) => !notOps.includes(name));
    const covered = new Set(cases.map(({ op }) => op));
    expect(functions.filter((name) => !covered.has(name))).toEqual([]);
    expect([...covered].filter((name) => !functions.includes(name))).toEqual([]);
  });

  test.each(labelled)('agrees with double precision: %s', (_name, row) => {
    const args = argumentsOf(row);
    const found = row.f(...args);
    const expected = inFloat64(() => row.f(...args.map((x) => float64Tensor(x.shape, x.data))));
    expect(found.shape).toEqual(expected.shape);
    expect(found.data.length).toBe(found.size);
    found.data.forEach((value, i) => {
      const reference = expected.storage[i];
      const error = Math.abs(value - reference) / Math.max(1, Math.abs(reference));
      expect(error, `element ${i}: ${value} and ${reference}`).toBeLessThanOrEqual(row.tolerance ?? 1e-6);
    });
  });

  test.each(labelled.filter(([, { order }]) => order !== 0))(
    'has gradients of first and second order: %s',
    (_name, row) => {
      checkGrads(row.f, argumentsOf(row));
    },
  );

  test.each(labelled.filter(([, { order }]) => order !== 0))(
    'has the same gradients in single and double precision: %s',
    (_name, row) => {
      const args = argumentsOf(row);
      const argnums = args.map((_, i) => i);
      const gradient = grad((...xs: Tensor[]) => sum(m.sin(row.f(...xs))), { argnums });
      const single = gradient(...args);
      const double = inFloat64(() => gradient(...args.map((x) => float64Tensor(x.shape, x.data))));
      single.forEach((part, i) =>
        part.data.forEach((value, j) => {
          const reference = double[i].storage[j];
          expect(Math.abs(value - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(2e-5);
        }),
      );
    },
  );

  test.each(labelled.filter(([, { order }]) => order === 0))('has zero gradients: %s', (_name, row) => {
    const args = argumentsOf(row);
    const gradient = grad((...xs: Tensor[]) => sum(row.f(...xs)))(...args);
    expect(gradient.data.every((value) => value === 0)).toBe(true);
  });
});
