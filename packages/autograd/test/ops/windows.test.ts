/** Sliding windows against definitions that go through every element. */
import { test as property, fc } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import {
  type Tensor,
  conv,
  convTranspose,
  grad,
  jit,
  maxPool,
  mul,
  random,
  sum,
  tensor,
} from '../../src/index.ts';
import { type Role, type WindowAxis, partsOf, rectanglesOf } from '../../src/ops/window-geometry.ts';
import { sumPools, sumWindows, windowProduct } from '../../src/ops/windows.ts';

const axes: fc.Arbitrary<WindowAxis> = fc.record({
  input: fc.integer({ min: 0, max: 9 }),
  output: fc.integer({ min: 0, max: 7 }),
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  low: fc.integer({ min: -3, max: 6 }),
});

const range = (count: number): number[] => [...Array(count).keys()];

/** All triples [input, output, kernel] of an axis. */
const triplesOf = ({ input, output, kernel, stride, dilation, low }: WindowAxis): number[][] =>
  range(output).flatMap((o) =>
    range(kernel)
      .map((k) => [o * stride + k * dilation - low, o, k])
      .filter(([i]) => i >= 0 && i < input),
  );

const sorted = (rows: readonly (readonly number[])[]): string[] => rows.map((row) => row.join()).sort();

describe('geometry of windows', () => {
  property.prop([axes, fc.constantFrom<Role[]>('input', 'output', 'kernel')])(
    'has each triple once, and each kept index',
    (axis, role) => {
      const kept: number[] = [];
      const triples = partsOf(axis, role).flatMap(({ start, kept: first, neighbours, other }) =>
        range(first.count).flatMap((a) =>
          range(neighbours.count).flatMap((c) => {
            kept.push(start[role] + a * first[role] + c * neighbours[role]);
            return range(other.count).map((b) =>
              (['input', 'output', 'kernel'] as const).map(
                (index) => start[index] + a * first[index] + c * neighbours[index] + b * other[index],
              ),
            );
          }),
        ),
      );
      expect(sorted(triples)).toEqual(sorted(triplesOf(axis)));
      expect(kept.sort((a, b) => a - b)).toEqual(range(axis[role]));
    },
  );

  property.prop([axes])('has each place of each window once', (axis) => {
    const places = rectanglesOf(axis).flatMap(({ start, kept, other, isInside }) =>
      range(kept.count).flatMap((a) =>
        range(other.count).map((b) => [
          start.output + a,
          start.kernel + b,
          isInside ? start.input + a * kept.input + b * other.input : -1,
        ]),
      ),
    );
    const inside = new Map(triplesOf(axis).map(([i, o, k]) => [`${o},${k}`, i]));
    const expected = range(axis.output).flatMap((o) =>
      range(axis.kernel).map((k) => [o, k, inside.get(`${o},${k}`) ?? -1]),
    );
    expect(sorted(places)).toEqual(sorted(expected));
  });
});

describe('the number of parts', () => {
  const count = (axis: Partial<WindowAxis>, role: Role): number =>
    partsOf({ input: 4, output: 4, kernel: 1, stride: 1, dilation: 1, low: 0, ...axis }, role).length;

  test('does not grow with the padding, the stride or the window', () => {
    expect(count({ output: 1e6, low: 5e5 }, 'output')).toBeLessThan(9);
    expect(count({ output: 4, kernel: 1e6, low: 5e5 }, 'kernel')).toBeLessThan(10);
    expect(count({ input: 1e6, output: 100, kernel: 1e4, stride: 1e4 }, 'input')).toBe(1);
    expect(count({ input: 2e4, output: 2, kernel: 1e4, stride: 9973 }, 'input')).toBeLessThan(9);
    expect(count({ input: 1e6, output: 2, kernel: 3, stride: 7, low: 2 }, 'input')).toBeLessThan(12);
    const started = performance.now();
    for (const dilation of [1, 3]) {
      const wide = { input: 2 ** 30, kernel: 2, stride: 2 ** 29, dilation };
      expect(count(wide, 'input')).toBeLessThan(9);
      expect(count({ ...wide, output: 2 ** 30 + 9 }, 'output')).toBeLessThan(9);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('derivatives of a convolution', () => {
  const loss = (x: Tensor, kernel: Tensor): Tensor => m.sum(m.square(m.conv(x, kernel)));
  const mixed: Readonly<Record<string, (x: Tensor, kernel: Tensor) => Tensor>> = {
    'by the kernel and the input': (x, kernel) =>
      m.grad((at: Tensor) => m.sum(m.square(m.grad((k: Tensor) => loss(at, k))(kernel))))(x),
    'by the input and the kernel': (x, kernel) =>
      m.grad((k: Tensor) => m.sum(m.square(m.grad((at: Tensor) => loss(at, k))(x))))(kernel),
    'by the input, twice': (x, kernel) =>
      m.grad((at: Tensor) => m.sum(m.square(m.grad((inner: Tensor) => loss(inner, kernel))(at))))(x),
  };
  test.each(Object.entries(mixed))('%s have the same bits eager, compiled and in batches', (_name, f) => {
    for (let seed = 0; seed < 10; seed++) {
      const rows = [1, 2, 3].map((i) => random.normal(random.key(100 * seed + i), [2, 5, 2]));
      const kernel = random.normal(random.key(seed), [3, 2, 3]);
      const expected = rows.map((x) => f(x, kernel).toArray());
      const all = m.stack(rows);
      const kernels = m.stack([kernel, kernel, kernel]);
      const batched = m.vmap(f, { inAxes: [0, null] });
      expect(rows.map((x) => m.jit(f)(x, kernel).toArray())).toEqual(expected);
      expect(batched(all, kernel).toArray()).toEqual(expected);
      expect(m.jit(batched)(all, kernel).toArray()).toEqual(expected);
      expect(m.vmap(f)(all, kernels).toArray()).toEqual(expected);
    }
  });
  test('of a batch by a shared kernel are one product', () => {
    const x = random.normal(random.key(0), [4, 1, 6, 2]);
    const kernel = random.normal(random.key(1), [3, 2, 3]);
    const batched = (k: Tensor): Tensor =>
      m.mean(m.vmap((own: Tensor) => m.sum(m.square(m.conv(own, k))))(x));
    const whole = (k: Tensor): Tensor => m.div(loss(m.reshape(x, [4, 6, 2]), k), 4);
    expect(m.grad(batched)(kernel).toArray()).toEqual(m.grad(whole)(kernel).toArray());
    const program = m.jit(m.grad(batched));
    program(kernel);
    expect(String(program)).toMatch(/matmul %\d+ %\d+ \[6, 3\]/);
    expect(String(program)).not.toMatch(/matmul %\d+ %\d+ \[4, /);
  });
});

describe('ops on windows', () => {
  const SIZES = { input: 'input', output: 'output', kernel: 'kernel' } as const;

  property.prop([axes, axes, fc.nat({ max: 1 }), fc.nat({ max: 1000 })], { numRuns: 150 })(
    'agree with their definitions',
    (first, second, batchOfTwo, seed) => {
      const windows = { axes: [first, second], groups: 1 };
      const [n, c] = [batchOfTwo + 1, 3];
      const shape = (role: keyof typeof SIZES): number[] => [
        ...(role === 'kernel' ? [] : [n]),
        first[role],
        second[role],
        c,
      ];
      const whole = [n, first.output, second.output, first.kernel, second.kernel, c];
      const make = (sizes: number[], i: number): Tensor =>
        m.round(mul(random.normal(random.foldIn(random.key(seed), i), sizes), 4));
      const x = make(shape('input'), 0);
      const y = make(shape('output'), 1);
      const w = make(shape('kernel'), 2);
      const z = make(whole, 3);
      // Results that add over all triples. The numbers are integers, so the order has no effect.
      const results = {
        fold: Float32Array.from({ length: x.size }, () => 0),
        pool: Float32Array.from({ length: y.size }, () => 0),
        spread: Float32Array.from({ length: x.size }, () => 0),
        toOutput: Float32Array.from({ length: y.size }, () => 0),
        toInput: Float32Array.from({ length: x.size }, () => 0),
        toKernel: Float32Array.from({ length: w.size }, () => 0),
        windows: Float32Array.from({ length: z.size }, () => 0),
      };
      for (const [i1, o1, k1] of triplesOf(first))
        for (const [i2, o2, k2] of triplesOf(second))
          for (const batch of range(n))
            for (const channel of range(c)) {
              const at = (...pairs: (readonly [number, number])[]): number =>
                pairs.reduce((offset, [index, size]) => offset * size + index, 0);
              const i = at([batch, n], [i1, first.input], [i2, second.input], [channel, c]);
              const o = at([batch, n], [o1, first.output], [o2, second.output], [channel, c]);
              const k = at([k1, first.kernel], [k2, second.kernel], [channel, c]);
              const all = at(
                ...([
                  [batch, n],
                  [o1, first.output],
                  [o2, second.output],
                ] as const),
                ...([
                  [k1, first.kernel],
                  [k2, second.kernel],
                  [channel, c],
                ] as const),
              );
              results.fold[i] += z.data[all];
              results.pool[o] += x.data[i];
              results.spread[i] += y.data[o];
              results.toOutput[o] += x.data[i] * w.data[k];
              results.toInput[i] += y.data[o] * w.data[k];
              results.toKernel[k] += x.data[i] * y.data[o];
              results.windows[all] = x.data[i];
            }
      const ops: Record<keyof typeof results, () => Tensor> = {
        fold: () => sumWindows(z, 'input', 'windows', windows),
        pool: () => sumPools(x, 'output', 'input', windows),
        spread: () => sumPools(y, 'input', 'output', windows),
        toOutput: () => windowProduct('output', ['input', x], ['kernel', w], windows),
        toInput: () => windowProduct('input', ['kernel', w], ['output', y], windows),
        toKernel: () => windowProduct('kernel', ['input', x], ['output', y], windows),
        windows: () => sumWindows(x, 'windows', 'input', windows),
      };
      for (const [name, f] of Object.entries(ops)) {
        const found = f();
        expect(found.data, name).toEqual(results[name as keyof typeof results]);
      }
    },
  );
});

describe('maxPool', () => {
  const slopes = (values: readonly number[], window: number, padding: m.Padding = 'VALID'): number[] => {
    const x = tensor([...values], [1, values.length, 1]);
    const f = grad((v: Tensor) => sum(maxPool(v, { window, strides: window, padding })));
    expect(jit(f)(x).data).toEqual(f(x).data);
    return [...f(x).data];
  };

  test('gives the derivative of a tie to the first', () => {
    expect(slopes([3, 3, 1, 2, 2, 2], 3)).toEqual([1, 0, 0, 1, 0, 0]);
    expect(slopes([-0, 0], 2)).toEqual([1, 0]);
  });

  test('prefers NaN, and the first of several', () => {
    expect(slopes([1, NaN, NaN, 5], 4)).toEqual([0, 1, 0, 0]);
    expect(maxPool(tensor([1, NaN, 2, 3], [1, 4, 1]), { window: 2, strides: 2 }).data).toEqual(
      Float32Array.of(NaN, 3),
    );
  });

  test('takes an element, not the padding, if all are -Infinity', () => {
    expect(slopes([-Infinity, -Infinity, -Infinity], 2, [[1, 0]])).toEqual([1, 1, 0]);
    expect(maxPool(tensor([5], [1, 1, 1]), { window: 1, padding: [[1, 1]] }).data).toEqual(
      Float32Array.of(-Infinity, 5, -Infinity),
    );
  });
});

describe('conv', () => {
  test('is zero for an empty batch, and keeps its shape', () => {
    const x = m.zeros([0, 4, 4, 4]);
    const kernel = m.ones([3, 3, 1, 4]);
    expect(conv(x, kernel, { groups: 4 }).shape).toEqual([0, 4, 4, 4]);
    const slope = grad((k: Tensor) => sum(conv(x, k, { groups: 4 })));
    expect(slope(kernel).data).toEqual(new Float32Array(36));
    expect(jit(slope)(kernel).data).toEqual(new Float32Array(36));
  });

  test('handles long axes without counting each window', () => {
    const x = m.ones([1, 2 ** 20, 1]);
    expect(sum(conv(x, m.ones([3, 1, 1]))).item()).toBe(3 * 2 ** 20 - 2);
  });

  test.each([
    [
      'a window larger than the input',
      () => conv(m.ones([1, 2, 2, 1]), m.ones([3, 3, 1, 1]), { padding: 'VALID' }),
    ],
    ['groups that do not divide', () => conv(m.ones([1, 2, 2, 4]), m.ones([1, 1, 2, 3]), { groups: 2 })],
    ['groups and channels', () => conv(m.ones([1, 2, 2, 4]), m.ones([1, 1, 1, 3]), { groups: 3 })],
    ['too few axes', () => conv(m.ones([2, 2]), m.ones([1, 1]))],
    ['strides of 0', () => conv(m.ones([1, 2, 1]), m.ones([1, 1, 1]), { strides: 0 })],
    ['one stride for two axes', () => conv(m.ones([1, 2, 2, 1]), m.ones([1, 1, 1, 1]), { strides: [1] })],
    ['negative padding', () => conv(m.ones([1, 2, 1]), m.ones([1, 1, 1]), { padding: [[-1, 0]] })],
    [
      'padding of another name',
      () => conv(m.ones([1, 2, 1]), m.ones([1, 1, 1]), { padding: 'same' as 'SAME' }),
    ],
    ['a kernel of size 0', () => conv(m.ones([1, 2, 1]), m.ones([0, 1, 1]))],
    ['a pool without elements', () => maxPool(m.ones([1, 2, 1]), { window: 3 })],
    ['channels of convTranspose', () => convTranspose(m.ones([1, 2, 3]), m.ones([2, 2, 1]))],
  ])('explains what is wrong with %s', (_name, f) => {
    expect(f).toThrowErrorMatchingSnapshot();
    expect(() => jit(f)()).toThrow();
  });
});
