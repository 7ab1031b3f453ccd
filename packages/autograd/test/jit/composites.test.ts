/** Ops that are composed of others: compiled for large operands, with the same bits. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as m from '../../src/index.ts';
import { debugNaNs } from '../../src/debug/nans.ts';
import { type Tensor, grad, jit, sum, tensor, vmap } from '../../src/index.ts';
import { type CompositeRunner, setCompositeRunner } from '../../src/core/composite.ts';
import { runComposite } from '../../src/jit/composites.ts';
import { allocatedBytes } from '../../src/runtime/memory.ts';

/** How often a composite ran compiled. */
let count = 0;

const countingRunner: CompositeRunner = (...args) => {
  const result = runComposite(...args);
  if (result !== undefined) count++;
  return result;
};

beforeEach(() => {
  count = 0;
  setCompositeRunner(countingRunner);
});
afterEach(() => setCompositeRunner(runComposite));

const opByOp = (f: () => Tensor): Tensor => {
  setCompositeRunner(undefined);
  const result = f();
  setCompositeRunner(countingRunner);
  return result;
};

const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40, 3e38, -3e38, 1e-20, 88, -104];
/** 90,000 numbers, so that the 24th call is compiled. */
const x = tensor(
  Float32Array.from({ length: 90_000 }, (_, i) =>
    i % 1000 < SPECIAL.length ? SPECIAL[i % 1000] : 6 * Math.sin(i * i),
  ),
  [300, 300],
);
const finite = tensor(
  x.data.map((value) => (Math.abs(value) < 100 ? value : 1)),
  x.shape,
);

const COMPOSITES: readonly [string, (x: Tensor) => Tensor][] = [
  ['logSigmoid', (a) => m.logSigmoid(a)],
  ['silu', (a) => m.silu(a)],
  ['gelu', (a) => m.gelu(a)],
  ['gelu, exact', (a) => m.gelu(a, { approximate: false })],
  ['elu', (a) => m.elu(a, { alpha: 0.7 })],
  ['celu', (a) => m.celu(a, { alpha: 0.7 })],
  ['selu', (a) => m.selu(a)],
  ['leakyRelu', (a) => m.leakyRelu(a, { negativeSlope: 0.2 })],
  ['relu6', (a) => m.relu6(a)],
  ['hardSigmoid', (a) => m.hardSigmoid(a)],
  ['hardSilu', (a) => m.hardSilu(a)],
  ['hardTanh', (a) => m.hardTanh(a)],
  ['mish', (a) => m.mish(a)],
  ['squareplus', (a) => m.squareplus(a)],
  ['glu', (a) => m.glu(a, { axis: 0 })],
  ['logsumexp', (a) => m.logsumexp(a, { axis: 0 })],
  ['logsumexp of all', (a) => m.logsumexp(a)],
  ['softmax', (a) => m.softmax(a, { axis: 0 })],
  ['logSoftmax', (a) => m.logSoftmax(a)],
  ['variance', (a) => m.variance(a, { axis: 1, ddof: 1, keepdims: true })],
  ['std', (a) => m.std(a)],
  ['norm', (a) => m.norm(a, { axis: 0 })],
  ['tril', (a) => m.tril(a, { k: 2 })],
  ['triu', (a) => m.triu(a, { k: -1 })],
  ['any', (a) => m.any(a, { axis: 0 })],
  ['all', (a) => m.all(a, { axis: 1, keepdims: true })],
  ['nanToNum', (a) => m.nanToNum(a, { posinf: 7 })],
  ['clip', (a) => m.clip(a, -1, m.broadcastTo(2, [300]))],
  ['diff', (a) => m.diff(a, { n: 2, axis: 0 })],
  ['roll', (a) => m.roll(a, [3, -2], { axis: [0, 1] })],
];

/** Calls f until it is compiled, and returns that result and the first one. */
const warmUp = (f: () => Tensor): readonly [Tensor, Tensor] => {
  const before = count;
  const first = f();
  let last = first;
  for (let i = 0; i < 25; i++) {
    last = f();
    if (count > before) break;
  }
  return [first, last];
};

/** Compared as one string: comparing elements one by one takes long. */
const bitsOf = ({ data }: Tensor): string => Buffer.from(new Float32Array(data).buffer).toString('base64');

describe('composites', () => {
  test.each(COMPOSITES)('have the same bits op by op and compiled: %s', (_name, f) => {
    for (const operand of [x, finite]) {
      const results = warmUp(() => f(operand));
      const expected = opByOp(() => f(operand));
      for (const result of results) {
        expect(result.shape).toEqual(expected.shape);
        expect(bitsOf(result) === bitsOf(expected)).toBe(true);
      }
    }
    expect(count).toBeGreaterThan(1);
  });
  test('run op by op at first, and for few elements', () => {
    m.elu(x, { alpha: 0.11 });
    const small = tensor([1, 2]);
    for (let i = 0; i < 100; i++) m.elu(small, { alpha: 0.12 });
    expect(count).toBe(0);
  });
  test('are compiled for small operands that come again and again', () => {
    const small = tensor(finite.data.subarray(0, 300));
    for (let i = 0; i < 7100; i++) m.elu(small, { alpha: 0.13 });
    expect(count).toBeGreaterThan(100);
  });
  test('run op by op for attributes that are new in each call', () => {
    for (let i = 1; i < 300; i++) m.leakyRelu(finite, { negativeSlope: i / 1e4 });
    expect(count).toBe(0);
  });
  /**
   * A library of its own, with a function that counts compiled calls. The memory limit of the
   * shared one depends on the tests that ran before.
   */
  const startLibrary = async (): Promise<{
    readonly own: typeof m;
    readonly bytes: () => number;
    readonly calls: () => number;
  }> => {
    vi.resetModules();
    const own = await import('../../src/index.ts');
    const memory = await import('../../src/runtime/memory.ts');
    const { setCompositeRunner: setRunner } = await import('../../src/core/composite.ts');
    const { runComposite: run } = await import('../../src/jit/composites.ts');
    let calls = 0;
    setRunner((...args) => {
      const result = run(...args);
      if (result !== undefined) calls++;
      return result;
    });
    return { own, bytes: () => memory.allocatedBytes(), calls: () => calls };
  };
  test('keep little memory, however many forms there are', async () => {
    const { own, bytes, calls } = await startLibrary();
    const large = own.ones([1024, 1024]);
    const before = bytes();
    for (let i = 1; i < 60; i++) for (let j = 0; j < 4; j++) own.leakyRelu(large, { negativeSlope: i / 1e5 });
    expect(calls()).toBeGreaterThan(100);
    expect(bytes() - before).toBeLessThan(60 * 2 ** 20);
  });
  test('keep little memory where shapes take turns', async () => {
    const { own, bytes, calls } = await startLibrary();
    const shapes = Array.from({ length: 8 }, (_, i) => [1024, 1024 + i]);
    const before = bytes();
    for (let round = 0; round < 6; round++) for (const shape of shapes) own.relu6(own.ones(shape));
    expect(calls()).toBeGreaterThan(0);
    expect(bytes() - before).toBeLessThan(60 * 2 ** 20);
  });
  test('drop what was not used for the longest time', () => {
    warmUp(() => m.silu(finite));
    const before = count;
    for (let i = 1; i <= 300; i++) {
      m.silu(m.ones([256 + i]));
      m.silu(finite);
    }
    expect(count - before).toBe(300);
  });
  test('run op by op if the program would be large', () => {
    const [column, row] = [m.ones([2 ** 17, 1]), m.ones([1, 128])];
    const before = allocatedBytes();
    for (let i = 0; i < 20; i++) m.clip(column, row, 3);
    expect(count).toBe(0);
    expect(allocatedBytes() - before).toBeLessThan(24 * 2 ** 20);
  });
  test('go on after an operand that cannot be read', () => {
    warmUp(() => m.silu(finite));
    const own = tensor(finite.data.slice(), finite.shape);
    structuredClone(own.data, { transfer: [own.data.buffer] });
    expect(() => m.silu(own)).toThrow(/^silu: no elements/);
    const before = count;
    m.silu(finite);
    expect(count).toBe(before + 1);
  });
  test('see elements that were written to, also those of a compiled function', () => {
    const own = jit((a: Tensor) => a.mul(2))(m.ones([1024, 1024]));
    own.data[0] = 100;
    for (let i = 0; i < 4; i++) expect(m.relu6(own).data[0]).toBe(6);
  });
  test('see elements that were written to', () => {
    const own = tensor(finite.data.slice(), finite.shape);
    for (let i = 0; i < 30; i++) {
      own.data[7] = i;
      expect(m.hardSilu(own).data[7]).toBe(Math.fround((i * Math.min(i + 3, 6)) / 6));
    }
    expect(count).toBeGreaterThan(0);
  });
  test('return elements of their own', () => {
    const values = Array.from({ length: 30 }, (_, i) => i);
    const results = values.map((value) => m.softSign(m.full([300, 300], value)));
    expect(results.map(({ data }) => data[5])).toEqual(values.map((v) => Math.fround(v / (1 + v))));
    expect(results.every(({ data }) => data.buffer.byteLength === 4 * 90_000)).toBe(true);
  });
  test('run op by op inside of derivatives and batches, and while they are debugged', () => {
    warmUp(() => m.mish(finite));
    expect(count).toBe(1);
    count = 0;
    const f = (a: Tensor): Tensor => sum(m.mish(a));
    const slopes = grad(f)(finite);
    const rows = vmap((row: Tensor) => m.mish(row))(finite);
    const compiled = jit((a: Tensor) => m.mish(a))(finite);
    debugNaNs(true);
    try {
      expect(() => m.norm(m.full([300, 300], 3e38))).toThrow(/^square: Infinity/);
    } finally {
      debugNaNs(false);
    }
    expect(count).toBe(0);
    expect(slopes.shape).toEqual(finite.shape);
    expect(bitsOf(rows) === bitsOf(compiled)).toBe(true);
  });
  test('name themselves in errors of operands that cannot be read', () => {
    const own = tensor(finite.data.slice(), finite.shape);
    warmUp(() => m.gelu(own));
    structuredClone(own.data, { transfer: [own.data.buffer] });
    expect(() => m.gelu(own)).toThrow(/^gelu: no elements/);
    expect(m.gelu(finite).shape).toEqual(finite.shape);
  });
});
