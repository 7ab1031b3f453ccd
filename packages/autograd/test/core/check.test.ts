/** Calls with arguments that the checks once accepted. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, random, tensor, tree } from '../../src/index.ts';

const bad = <T>(value: unknown): T => value as T;
const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const detached = (): Tensor => {
  const y = tensor([1, 2, 3]);
  structuredClone(y.data, { transfer: [y.data.buffer as ArrayBuffer] });
  return y;
};

describe('errors name the op for', () => {
  const calls: Readonly<Record<string, readonly [() => unknown, string]>> = {
    'null options': [
      () => m.sum(x, bad(null)),
      'sum: invalid options: expected an object, { axis: … }, got null',
    ],
    'an axis instead of options': [
      () => m.sum(x, bad(0)),
      'sum: invalid options: expected an object, { axis: … }, got 0',
    ],
    'a tensor instead of options': [
      () => m.sum(x, bad(tensor(0))),
      'sum: invalid options: expected an object, { axis: … }, got a Tensor of shape []',
    ],
    'options that only inherit from a key, and have its shape': [
      () => random.choice(random.key(0), 3, bad(Object.create(Object.getPrototypeOf(random.key(1))))),
      'random.choice: invalid options: expected an object, { shape: … }, got a Proxy of a Key, or an object that inherits from one',
    ],
    'starts that claim to be very many': [
      () =>
        m.dynamicSlice(
          x,
          bad(new Proxy([0], { get: (_list, name) => (name === 'length' ? 2 ** 28 : 0) })),
          [1, 1],
        ),
      'dynamicSlice: invalid number of starts: expected an integer from 0 to 64, got 268435456',
    ],
    'an option that is not there': [
      () => m.mean(x, bad({ keepDims: true })),
      'mean: unknown option: expected axis, keepdims, got "keepDims"',
    ],
    'an option of the wrong type': [
      () => m.max(x, bad({ keepdims: 1 })),
      'max: invalid keepdims: expected true or false, got 1',
    ],
    'an axis of an op made of others': [
      () => m.variance(x, { axis: 2 }),
      'variance: axis out of range: expected an integer from -2 to 1 for shape [2, 3], got 2',
    ],
    'a detached array': [
      () => {
        const numbers = Float32Array.of(1, 2);
        structuredClone(numbers, { transfer: [numbers.buffer] });
        return tensor(numbers);
      },
      'tensor: Cannot perform Construct on a detached ArrayBuffer',
    ],
    'a detached tensor': [
      () => m.add(detached(), 1),
      'add: no elements: expected those of shape [3], got an ArrayBuffer that was transferred',
    ],
    'a detached argument of a compiled function': [
      () => m.jit((y: Tensor) => m.mul(y, 2))(detached()),
      'jit: no elements: expected those of shape [3], got an ArrayBuffer that was transferred',
    ],
    'a result too large for memory': [
      () => m.add(m.ones([70_000, 1]), m.ones([1, 70_000])),
      'add: too many elements: expected at most 2147483647, got shape [70000, 70000]',
    ],
    'an outer product too large for memory': [
      () => m.outer(m.ones([70_000]), m.ones([70_000])),
      'outer: too many elements: expected at most 2147483647, got shape [70000, 70000]',
    ],
    'too many axes': [
      () => m.zeros(new Array<number>(1000).fill(1)),
      'zeros: invalid length of shape: expected an integer from 0 to 64, got 1000',
    ],
    'a sparse array of operands': [
      () => m.concatenate(bad(Object.assign(new Array(2), { 1: x }))),
      'concatenate: invalid operand 0: expected a Tensor or a number, got undefined',
    ],
    'a very long sparse array of axes': [
      () => m.sum(x, { axis: bad(new Array(2 ** 32 - 1)) }),
      'sum: invalid length of axes: expected an integer from 0 to 64, got 4294967295',
    ],
    'a very long sparse tree': [
      () => tree.leaves(new Array(2 ** 32 - 1)),
      'tree.leaves: invalid length of the array at the top: expected an integer from 0 to 131072, got 4294967295',
    ],
    'a tree that holds a branch many times': [
      () => {
        let branch: unknown = tensor(1);
        for (let i = 0; i < 40; i++) branch = [branch, branch];
        return tree.leaves(branch);
      },
      'tree.leaves: tree is too large: expected at most 131072 branches, got more',
    ],
    'an object that only inherits from Tensor': [
      () => m.add(bad(Object.create(Object.getPrototypeOf(x) as object)), 1),
      'add: invalid operand: expected a Tensor or a number, got a Proxy of a Tensor, or an object that inherits from one',
    ],
    'reading an object that only inherits from Tensor': [
      () => bad<Tensor>(Object.create(Object.getPrototypeOf(x) as object)).shape,
      'Tensor: invalid object: expected a Tensor made by tensor() or an op, got another object; unwrap a Proxy, such as Vue makes',
    ],
    'an object that only inherits from Key': [
      () =>
        m.jit((k: random.Key) => random.normal(k))(
          bad(Object.create(Object.getPrototypeOf(random.key(0)) as object)),
        ),
      'jit: invalid leaf: expected Tensors or random keys, got a Proxy of a Key, or an object that inherits from one at argument 0',
    ],
    'an auxiliary result in a cycle': [
      () => {
        const cycle: unknown[] = [];
        cycle.push(cycle);
        return m.grad((y: Tensor): [Tensor, unknown] => [m.sum(y), cycle], { hasAux: true })(x);
      },
      'grad: auxiliary result is nested too deeply, or in a cycle: expected at most 200 levels, got more',
    ],
    'an argument named twice': [
      () => m.grad((a: Tensor) => m.sum(a), { argnums: [0, 0] })(x),
      'grad: invalid argnums: expected each argument once, got [0, 0]',
    ],
    'a Hessian of no function': [
      () => m.hessian(bad<(x: Tensor) => Tensor>(3)),
      'hessian: invalid f: expected a function, got 3',
    ],
    'a check of a function that gives no tensor': [
      () => m.checkGrads((_y: Tensor) => bad<Tensor>(3), [x]),
      'checkGrads: invalid result of the function: expected a Tensor, got 3',
    ],
    'arrays within arrays for toArray': [
      () => m.zeros([2 ** 30, 0]).toArray(),
      'toArray: too many arrays: expected at most 4194304, got shape [1073741824, 0]',
    ],
    'very many empty arrays': [
      () => m.zeros([2 ** 30, 0, 3]).toArray(),
      'toArray: too many arrays: expected at most 4194304, got shape [1073741824, 0, 3]',
    ],
    'uniform bounds beyond float32': [
      () => random.uniform(random.key(0), [2], { minval: 1e39, maxval: 1e39 }),
      'random.uniform: invalid minval: expected a finite number, got 1e+39, which is Infinity in float32',
    ],
    'uniform numbers beyond float32': [
      () => random.uniform(random.key(0), [2], { minval: -3e38, maxval: 3e38 }),
      'random.uniform: range too large: expected a difference that float32 can hold, got -3e+38 to 3e+38',
    ],
    'more keys than are of use': [
      () => random.split(random.key(0), 2 ** 31 - 1),
      'random.split: invalid count: expected an integer from 0 to 1048576, got 2147483647',
    ],
  };
  test.each(Object.entries(calls))('%s', (_name, [call, message]) => expect(call).toThrow(message));
});

describe('values are right for', () => {
  test('a typed array that lies about its length', () => {
    const liar = Object.defineProperty(Float32Array.of(1, 2, 3), 'length', { value: 5 });
    expect(tensor(liar).toArray()).toEqual([1, 2, 3]);
  });
  test('products of very many empty matrices', () => {
    expect(m.matmul(m.zeros([2 ** 28, 0, 2]), m.zeros([2 ** 28, 2, 0])).shape).toEqual([2 ** 28, 0, 0]);
  });
  test('sizes of negative zero, which become zero', () => {
    const none = m.zeros([0, 2]);
    const made: readonly Tensor[] = [
      m.zeros([-0]),
      m.segmentSum(none, [], -0),
      m.take(none, m.zeros([-0])),
      m.linspace(0, 1, -0),
      m.eye(-0),
      m.repeat(x, -0),
      m.tile(x, [-0, 1]),
      m.reshape(none, [-0, 3]),
      m.slice(x, [-0, -0]),
      m.dynamicSlice(x, [-0, -0], [-0, 1]),
      ...m.topK(x, -0),
    ];
    for (const { shape } of made) expect(shape.some((size) => Object.is(size, -0))).toBe(false);
  });
  test('the Jacobian of a function with many results of few inputs', () => {
    const j = m.jacobian((y: Tensor) => m.broadcastTo(y, [3000]))(tensor(2));
    expect(m.sum(j).item()).toBe(3000);
  });
  test('one-hot rows of very many classes in a compiled function', () => {
    const rows = m.jit((labels: Tensor) => m.sum(m.oneHot(labels, 60_000), { axis: 1 }))(tensor([5, 59_999]));
    expect(rows.toArray()).toEqual([1, 1]);
  });
  test('a gradient of a tree that changes while it is differentiated', () => {
    const params: { a: Tensor; b?: Tensor } = { a: tensor(3), b: tensor(4) };
    const g = m.grad((p: typeof params) => {
      delete params.b;
      return m.mul(p.a, p.b ?? 0);
    })(params as never) as typeof params;
    expect([g.a.item(), g.b?.item()]).toEqual([4, 3]);
  });
});

test('reading an argument of a compiled function may call the function again', () => {
  const f = m.jit((p: { a: Tensor; b: Tensor }) => m.sub(p.a, p.b), { cacheSize: 1 });
  f({ a: tensor([5, 6]), b: tensor([1, 1]) });
  const args = {
    a: tensor([5, 6]),
    get b(): Tensor {
      f({ a: tensor([1, 2, 3]), b: tensor([9, 9, 9]) });
      return tensor([1, 2]);
    },
  };
  expect(f(args).toArray()).toEqual([4, 4]);
  expect(f(args).toArray()).toEqual([4, 4]);
});
