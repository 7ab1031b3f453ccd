/** Values that come from elsewhere: another copy of the package, structuredClone, another realm. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import * as here from '../../src/index.ts';

const { tensor, random, tree } = here;

/** Another copy of the package, as a program has it whose dependencies bring one of their own. */
const loadCopy = async (): Promise<typeof here> => {
  vi.resetModules();
  return import('../../src/index.ts');
};

// The types of the two copies are the same; what is passed wrongly here is only seen at run time.
const there = await loadCopy();
const post = <T>(value: T): Promise<T> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port2.addEventListener('message', ({ data }: MessageEvent<T>) => {
      port2.close();
      resolve(data);
    });
    port2.start();
    port1.postMessage(value);
  });

const usesOfTensor = (x: here.Tensor): Readonly<Record<string, () => unknown>> => ({
  add: () => here.add(x, 2),
  matmul: () => here.matmul(tensor([[1]]), x),
  sum: () => here.sum(x),
  tensor: () => tensor(x),
  concatenate: () => here.concatenate([x]),
  'tree.leaves': () => tree.leaves({ layers: [{ w: x }] }),
  'tree.unflatten': () => tree.unflatten(tree.structure([tensor(1)]), [x]),
  grad: () => here.grad((y: here.Tensor) => y)(x),
  jit: () => here.jit((y: object) => y)({ w: x }),
  'random.bernoulli': () => random.bernoulli(random.key(0), x),
});
const usesOfKey = (key: here.random.Key): Readonly<Record<string, () => unknown>> => ({
  'random.normal': () => random.normal(key),
  'random.split': () => random.split(key),
  'random.choice': () => random.choice(key, 3),
  jit: () => here.jit((k: { key: here.random.Key }) => random.normal(k.key))({ key }),
});

const expectErrors = (uses: Readonly<Record<string, () => unknown>>, words: string): void => {
  for (const [name, use] of Object.entries(uses)) {
    expect(use, name).toThrow(TypeError);
    expect(use, name).toThrow(new RegExp(`^${name}: .*${words}`));
  }
};

describe('a value of another copy of the package', () => {
  test('is named as such when it is used as a tensor', () => {
    expect(there.tensor(1)).not.toBeInstanceOf(tensor(1).constructor);
    expect(here.isTensor(there.tensor(1))).toBe(false);
    expectErrors(usesOfTensor(there.tensor(1)), 'a Tensor of another copy of @mini/autograd');
  });
  test('is named as such when it is used as a key', () => {
    expectErrors(usesOfKey(there.random.key(1)), 'a Key of another copy of @mini/autograd');
  });
});

describe('a value that was cloned', () => {
  const [x, key] = [tensor([1, 2]), random.key(3)];
  test('is told from a tensor, and can be made one again', async () => {
    for (const clone of [structuredClone(x), await post(x)]) {
      expectErrors(usesOfTensor(clone), 'structuredClone or postMessage');
      expect(tensor(clone.data, clone.shape)).toEqual(x);
    }
    const compiled = here.jit(() => here.zeros([1000]))();
    expect(structuredClone(compiled)).toEqual({ shape: [1000], data: new Float32Array(1000) });
  });
  test('is told from a key, and can be made one again', async () => {
    for (const clone of [structuredClone(key), await post(key)]) {
      const { jit: _, ...uses } = usesOfKey(clone);
      expectErrors(uses, 'structuredClone or postMessage');
      expect(random.keyFromData(clone.data)).toEqual(key);
    }
  });
});

describe('a value of another realm', () => {
  const make = <T>(code: string): T => runInNewContext(code) as T;
  const x = tensor([1, 2]);
  test('is accepted as data', () => {
    expect(tensor(make<number[][]>('[[1, 2], [3, 4]]')).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(make<Float64Array>('Float64Array.of(1, 2)'), make<number[]>('[2, 1]')).shape).toEqual([
      2, 1,
    ]);
    expect(here.take(x, make<Int8Array>('Int8Array.of(1)')).toArray()).toEqual([2]);
    expect(here.sum(x, make<object>('({ axis: [0] })')).item()).toBe(3);
  });
  test('is accepted as a tree', () => {
    const wrap = make<(w: here.Tensor) => { w: here.Tensor; rest: here.Tensor[] }>(
      '(w) => ({ w, rest: [w], nothing: Object.create(null) })',
    );
    expect(tree.leaves(wrap(x))).toEqual([x, x]);
    const double = (p: { w: here.Tensor; rest: here.Tensor[] }): here.Tensor => here.add(p.w, p.rest[0]);
    expect(here.jit(double)(wrap(x)).toArray()).toEqual([2, 4]);
    const gradient = here.grad((p: { w: here.Tensor; rest: here.Tensor[] }) => here.sum(double(p)))(wrap(x));
    expect(gradient.rest[0].toArray()).toEqual([1, 1]);
    const labels = make<{ labels: Uint8Array }>('({ labels: Uint8Array.of(2, 3) })');
    expect(here.jit((p: { labels: Uint8Array }) => p)(labels)).toEqual({ labels: tensor([2, 3]) });
  });
  test('is refused where it is no data', () => {
    const view = make<number[]>('new DataView(new ArrayBuffer(8))');
    expect(() => tensor(view)).toThrow(
      'tensor: invalid data: expected a number, nested arrays of numbers or a typed array, got an object (DataView)',
    );
    expect(() => here.take(x, view)).toThrow(
      'take: invalid indices: expected a number, nested arrays of numbers or a typed array, got an object (DataView)',
    );
    expect(() => tree.leaves([make('new (class Layer {})()')])).toThrow(
      'tree.leaves: invalid leaf: expected Tensors, got an object (Layer) at [0]',
    );
    expect(() => here.grad(make<() => here.Tensor>('async () => 1'))()).toThrow(/^grad: /);
    expect(() => here.jit(make<() => unknown>('(async () => 1)'))()).toThrow(
      /^jit: the function must not be async: expected a result, got a Promise/,
    );
  });
});

test('a Proxy of a tensor is named as such', () => {
  expect(() => here.add(new Proxy(tensor(1), {}), 1)).toThrow(
    'add: invalid operand: expected a Tensor or a number, got a Proxy of a Tensor, or an object that inherits from one',
  );
});
