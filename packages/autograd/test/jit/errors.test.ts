/** Errors of tracing and of calling compiled functions. */
import { describe, expect, test } from 'vitest';
import { type Tensor, jit, matmul, random, scan, sum, tensor } from '../../src/index.ts';
import { allocatedBytes } from '../../src/runtime/memory.ts';

describe('errors', () => {
  const x = tensor([1, 2]);
  const unknown =
    /^jit: a value that is not known while loss is compiled: use where\(\) instead of branching on it, return it to read it, or compute it outside$/;
  test('reading or branching on a traced value says what to do', () => {
    const readers: ((v: Tensor) => unknown)[] = [
      (v) => v.item(),
      (v) => v.data,
      (v) => v.toArray(),
      (v) => JSON.stringify(v),
    ];
    for (const read of readers) {
      const f = jit(function loss(v: Tensor) {
        read(sum(v));
        return v;
      });
      expect(() => f(x)).toThrow(unknown);
    }
    expect(() => jit((v: Tensor) => ((sum(v) as unknown as number) > 0 ? v : v.neg()))(x)).toThrow(
      /used as a number: .*less\(a, b\)/,
    );
    expect(() => jit((key: random.Key) => tensor([...random.bits(key, [5])]))(random.key(1))).toThrow(
      'random.bits: a value that is not known while the function is compiled: use random.randint or',
    );
  });
  test('a traced value that escaped cannot be used', () => {
    let escaped: Tensor | undefined;
    jit((v: Tensor) => (escaped = v.mul(2)))(x);
    const kept =
      'jit: a value that was kept from when the function was compiled: expected one that the function returned';
    expect(() => escaped?.add(1)).toThrow(kept);
    expect(() => jit((v: Tensor) => v.add(escaped ?? 0))(x)).toThrow(kept);
    scan((carry: Tensor, y: Tensor) => [carry, (escaped = y.mul(2))] as const, tensor(0), tensor([1, 2]));
    expect(() => escaped?.item()).toThrow(/^scan: a value that was kept from when scan was compiled/);
  });
  test('a throw while tracing leaves nothing behind', () => {
    const before = allocatedBytes();
    const f = jit((v: Tensor) => matmul(v.mul(2), tensor([1, 2, 3])));
    expect(() => f(x)).toThrow(
      'matmul: inner dimensions differ: expected equal ones, got shapes [2] and [3]',
    );
    expect(allocatedBytes()).toBe(before);
    expect(x.add(1).toArray()).toEqual([2, 3]);
    expect(f(tensor([1, 1, 1])).item()).toBe(12);
  });
  test('arguments and results that are no trees of tensors', () => {
    const f = jit((v: unknown) => v as Tensor);
    expect(() => f(3)).toThrow(
      'jit: invalid leaf: expected Tensors or random keys, got 3 at argument 0; wrap it with tensor(), or close over it',
    );
    expect(() => f({ a: [x, 'b'] })).toThrow(
      'jit: invalid leaf: expected Tensors or random keys, got "b" at argument 0.a[1]',
    );
    expect(() => jit((_v: Tensor) => 3)(x)).toThrow(
      'jit: invalid leaf: expected Tensors or random keys, got 3 at result',
    );
    expect(() => jit(async (v: Tensor) => v)(x)).toThrow('must not be async');
    expect(() => jit(3 as never)).toThrow('jit: invalid f: expected a function, got 3');
    expect(() => jit((v: Tensor) => v, { donate: 1 })(x)).toThrow(
      'jit: missing argument: expected argument 1 to donate, got 1 in all',
    );
    expect(() => jit((v: Tensor) => v, { donate: -1 })).toThrow(
      'jit: invalid donate: expected an integer from 0 to 65536, got -1',
    );
  });
});
