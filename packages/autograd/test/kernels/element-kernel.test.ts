/** The kernels of maps and reductions: valid modules that compute what plain loops compute. */
import { describe, expect, test } from 'vitest';
import type { Access } from '../../src/kernels/access.ts';
import type { ScalarRule } from '../../src/kernels/algebra.ts';
import { elementKernel } from '../../src/kernels/element-kernel.ts';
import type { Form, KernelSpec } from '../../src/kernels/element-parts.ts';
import * as elementary from '../../src/kernels/elementary/index.ts';
import * as reductions from '../../src/kernels/reductions.ts';
import { call, link } from '../../src/runtime/link.ts';
import { allocate, memory, release } from '../../src/runtime/memory.ts';

const negate: ScalarRule = (s, a) => s.neg(a);
const subtract: ScalarRule = (s, a, b) => s.sub(a, b);
/** All operations of scalar rules. */
const everything: ScalarRule = (s, a, b) => {
  const arithmetic = s.add(s.sub(s.mul(a, b), s.div(a, b)), s.sqrt(s.abs(s.neg(a))));
  const extremes = s.min(s.max(arithmetic, s.floor(a)), s.add(s.ceil(b), s.round(b)));
  const mask = s.and(s.not(s.equal(a, b)), s.and(s.less(a, b), s.lessEqual(a, extremes)));
  return s.select(mask, s.elementary(elementary.pow, extremes, s.constant(2)), s.constant(NaN));
};

const map = (rule: ScalarRule, pattern: string, keptLevels: number = 0): KernelSpec => ({
  rule,
  reduction: undefined,
  form: 'columns',
  accesses: [...pattern] as Access[],
  keptLevels,
  reducedLevels: 0,
  width: 4,
  isRunning: false,
});

const reduction = (
  form: Form,
  pattern: string,
  keptLevels: number,
  reducedLevels: number,
  by: reductions.Reduction = reductions.sum,
): KernelSpec => ({
  rule: negate,
  reduction: by,
  form,
  accesses: [...pattern] as Access[],
  keptLevels,
  reducedLevels,
  width: 4,
  isRunning: false,
});

/** Every combination of the accesses of out and `operands` operands. */
const patterns = (operands: number): string[] =>
  Array.from({ length: operands }).reduce<string[]>(
    (all) => all.flatMap((pattern) => ['v', 's', 'g'].map((access) => pattern + access)),
    ['v', 'g'],
  );

/** How many parameters a kernel has, as its documentation says. */
const parameterCount = ({ accesses, keptLevels, reducedLevels, isRunning }: KernelSpec): number => {
  const gathered = accesses.filter((access) => access === 'g').length;
  const operands = accesses.length - 1;
  return (
    accesses.length +
    1 +
    gathered +
    keptLevels * (2 + operands) +
    reducedLevels * (1 + operands + Number(isRunning))
  );
};

const everySpec: readonly KernelSpec[] = [
  ...[1, 2].flatMap((operands) =>
    patterns(operands).flatMap((pattern) =>
      [0, 1, 3].map((levels) => map(operands === 1 ? negate : everything, pattern, levels)),
    ),
  ),
  ...[reductions.sum, reductions.max, reductions.min].flatMap((by) =>
    [0, 1, 2].flatMap((kept) =>
      [0, 1, 2].flatMap((reduced) => [
        ...['vv', 'vs', 'vg', 'gv', 'gg'].map((pattern) => reduction('columns', pattern, kept, reduced, by)),
        ...['sv', 'ss', 'sg'].map((pattern) => reduction('rows', pattern, kept, reduced, by)),
      ]),
    ),
  ),
  ...['vv', 'vs', 'vg', 'gv', 'gg'].flatMap((pattern) =>
    [reductions.prod, reductions.argmax, reductions.argmin].flatMap((by) =>
      [0, 1, 2].map((reduced) => reduction('columns', pattern, 1, reduced, by)),
    ),
  ),
  ...[1, 2, 3].map((width) => ({ ...reduction('columns', 'vv', 0, 1), width })),
  ...['vv', 'gg', 'vg'].map((pattern) => ({ ...reduction('columns', pattern, 1, 1), isRunning: true })),
];

test('every kernel is a valid module, with the parameters that its documentation names', () => {
  expect(everySpec.length).toBeGreaterThan(100);
  for (const spec of everySpec) {
    const kernel = elementKernel(spec);
    const name = `${kernel.name} ${spec.form} ${spec.keptLevels} ${spec.reducedLevels}`;
    expect(WebAssembly.validate(kernel.bytes), name).toBe(true);
    expect(link(kernel).length, name).toBe(parameterCount(spec));
  }
});

test('kernels are named after the reduction and the accesses, and all their addresses are in the arena', () => {
  const kernel = elementKernel(map(subtract, 'vsg'));
  expect([kernel.name, kernel.pointers]).toEqual(['map vsg', ['arena', 'arena', 'arena']]);
  expect(elementKernel(reduction('rows', 'sv', 0, 0)).name).toBe('sum sv');
});

/** Runs a kernel on numbers in memory; returns the first `outSize` elements of the result. */
const run = (
  spec: KernelSpec,
  outSize: number,
  operands: readonly (readonly number[])[],
  args: readonly number[],
): number[] => {
  const sizes = [outSize, ...operands.map(({ length }) => length)];
  // Kernels load four elements at a time, also past the last one.
  const addresses = sizes.map((size) => allocate(4 * size + 16));
  try {
    memory.f32.fill(-999, addresses[0] / 4, addresses[0] / 4 + outSize + 1);
    operands.forEach((values, i) => memory.f32.set(values, addresses[i + 1] / 4));
    call(elementKernel(spec), [...addresses, ...args]);
    const out = [...memory.f32.slice(addresses[0] / 4, addresses[0] / 4 + outSize + 1)];
    // Nothing is written past the result.
    expect(out.pop()).toBe(-999);
    return out;
  } finally {
    addresses.forEach(release);
  }
};

const upTo = (count: number, f: (i: number) => number = (i) => i + 1): number[] =>
  Array.from({ length: count }, (_, i) => f(i));

// Kernels take 16 or 8 elements at a time, then four, then single ones.
describe.for([...upTo(9), 13, 16, 19, 35])('%i elements along the innermost axis', (count) => {
  const a = upTo(2 * count, (i) => ((i * 7) % 10) + 1);
  const b = upTo(2 * count, (i) => (i * 3) % 8);
  test.for(['vvv', 'vvs', 'vsv', 'vss', 'vgv', 'vvg', 'vgs', 'vgg'])('map, %s', (pattern) => {
    const steps = [...pattern].slice(1).map((access) => ({ v: 1, s: 0, g: 2 })[access] ?? NaN);
    const strides = [...pattern].flatMap((access) => (access === 'g' ? [8] : []));
    const expected = upTo(count, (i) => a[i * steps[0]] - b[i * steps[1]]);
    expect(run(map(subtract, pattern), count, [a, b], [count, ...strides])).toEqual(expected);
  });
  test('map to every other element', () => {
    const out = run(map(negate, 'gv'), 2 * count - 1, [a], [count, 8]);
    expect(out).toEqual(upTo(2 * count - 1, (i) => (i % 2 === 0 ? -a[i / 2] : -999)));
  });
  test('map in reverse', () => {
    const spec = map(negate, 'vg');
    const out = run(spec, count, [a.slice(0, count)], [count, 4]);
    expect(out).toEqual(a.slice(0, count).map((x) => -x));
  });
  test.for(['vvv', 'vsv', 'vgv'])('map of a longer rule, %s', (pattern) => {
    // x - b eight times is as long as the rule of an optimizer.
    const longer: ScalarRule = (s, x, y) => upTo(8).reduce((z) => s.sub(z, y), x);
    const step = { v: 1, s: 0, g: 2 }[pattern[1]] ?? NaN;
    const strides = step === 2 ? [8] : [];
    const expected = upTo(count, (i) => a[i * step] - 8 * b[i]);
    expect(run(map(longer, pattern), count, [a, b], [count, ...strides])).toEqual(expected);
  });
  test('map over rows', () => {
    // Two rows; those of the operand lie side by side, those of the result as well.
    const out = run(map(negate, 'vv', 1), 2 * count, [a], [count, 2, 4 * count, 4 * count]);
    expect(out).toEqual(a.map((x) => -x));
  });
  test.for([
    ['sv', 1],
    ['sg', 2],
  ] as const)('sums of rows, %s', ([pattern, step]) => {
    const strides = step === 2 ? [8] : [];
    const out = run(reduction('rows', pattern, 0, 0), 1, [a], [count, ...strides]);
    expect(out).toEqual([-upTo(count, (i) => a[i * step]).reduce((x, y) => x + y)]);
  });
  test.for([1, 2, 3, 4, 5])('rows side by side have the bits of each alone, %i of them', (lines) => {
    const values = upTo(2 * lines * count, (i) => Math.fround(Math.sin(i + 1) * 2 ** (i % 9)));
    const rowBytes = 8 * count;
    for (const by of [reductions.sum, reductions.max, reductions.min]) {
      // Each row has two parts, as if its elements were on two axes.
      const together = run(
        reduction('rows', 'sv', 1, 1, by),
        lines,
        [values],
        [count, lines, 4, rowBytes, 2, 4 * count],
      );
      const alone = upTo(lines).map((line) => {
        const own = values.slice(2 * count * (line - 1), 2 * count * line);
        return run(reduction('rows', 'sv', 0, 1, by), 1, [own], [count, 2, 4 * count])[0];
      });
      expect(together, by.name).toEqual(alone);
    }
  });
  test('sums of columns', () => {
    const out = run(reduction('columns', 'vv', 0, 1), count, [a], [count, 2, 4 * count]);
    expect(out).toEqual(upTo(count, (i) => -(a[i] + a[count + i])));
  });
  test('the largest and the smallest element of rows', () => {
    const expected = [
      Math.max(...a.slice(0, count).map((x) => -x)),
      Math.min(...a.slice(0, count).map((x) => -x)),
    ];
    const found = [reductions.max, reductions.min].map(
      (by) => run(reduction('rows', 'sv', 0, 0, by), 1, [a], [count])[0],
    );
    expect(found.map((x) => x + 0)).toEqual(expected.map((x) => x + 0));
  });
});
