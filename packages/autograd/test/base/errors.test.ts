/** Every error message of the public surface: op, what is wrong, the values. */
import { describe, expect, test } from 'vitest';
import * as m from '../../src/index.ts';
import { type Tensor, random, tensor, tree } from '../../src/index.ts';

const message = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    const { name, message: text } = error as Error;
    expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(true);
    return `${name}: ${text}`;
  }
  throw new Error('did not throw');
};

const bad = <T>(value: unknown): T => value as T;
/** Without its types, to call it as JavaScript may. */
const grad = m.grad as unknown as (f: unknown, options?: object) => (...args: unknown[]) => Tensor;
const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

const calls: Readonly<Record<string, () => unknown>> = {
  'shapes that do not broadcast': () => m.add(x, tensor([1, 2])),
  'shapes of where': () => m.where(x, tensor([1, 2]), 0),
  'an operand that is a string': () => m.mul(x, bad('2')),
  'an operand that is an array': () => x.add(bad([1, 2, 3])),
  'an operand that is undefined': () => m.exp(bad(undefined)),
  'a tensor used as a number': () => bad<number>(x) + 1,
  'a tensor compared': () => bad<number>(x) > 0,
  'item of many': () => x.item(),
  'a ragged array': () => tensor([[1, 2], [3]]),
  'a ragged array with a number': () => tensor([[1, 2], 3]),
  'a ragged array that is too deep': () => tensor([1, [2]]),
  'a string among the data': () => tensor([1, bad('2')]),
  'null data': () => tensor(bad(null)),
  'object data': () => tensor(bad({ a: 1 })),
  'big integers': () => tensor(bad(new BigInt64Array([1n]))),
  'data in a cycle': () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    return tensor(bad(cycle));
  },
  'data of another size': () => tensor([1, 2, 3], [2, 2]),
  'a NaN shape': () => m.zeros([2, NaN]),
  'a fractional shape': () => m.zeros([2.5]),
  'a negative shape': () => m.ones([-1]),
  'a shape that is no array': () => m.zeros(bad(3)),
  'a shape of strings': () => m.full(bad(['2']), 1),
  'a shape that is too large': () => m.zeros([2 ** 20, 2 ** 20]),
  'reshape to another size': () => m.reshape(x, [4, 2]),
  'reshape with a rest that does not divide': () => m.reshape(x, [4, -1]),
  'reshape with two rests': () => m.reshape(x, [-1, -1]),
  'transpose of too few axes': () => m.transpose(x, [0]),
  'transpose of an axis twice': () => m.transpose(x, [0, 0]),
  'broadcastTo a smaller shape': () => m.broadcastTo(x, [3]),
  'squeeze of a larger axis': () => m.squeeze(x, 0),
  'expandDims without an axis': () => m.expandDims(x, bad(undefined)),
  'slice with too many ranges': () => m.slice(x, 0, 0, 0),
  'slice at a place out of range': () => m.slice(x, 2),
  'slice with step 0': () => m.slice(x, [0, 1, 0]),
  'slice at a fraction': () => m.slice(x, [0.5, 1]),
  'slice with a string': () => m.slice(x, bad('0')),
  'take out of range': () => m.take(x, [0, 2]),
  'take at a fraction': () => m.take(x, [0.5]),
  'take at a string': () => m.take(x, bad('a')),
  'takeAlongAxis of other shapes': () => m.takeAlongAxis(x, [[0], [0], [0]], { axis: 1 }),
  'takeAlongAxis out of range': () => m.takeAlongAxis(x, [[0], [3]], { axis: 1 }),
  'oneHot of a label out of range': () => m.oneHot([1, 10], 10),
  'oneHot of a fraction': () => m.oneHot([0.5], 10),
  'oneHot of no classes': () => m.oneHot([1], 0),
  'concatenate of nothing': () => m.concatenate([]),
  'concatenate of a tensor': () => m.concatenate(bad(x)),
  'concatenate of other shapes': () => m.concatenate([x, tensor([[1, 2]])]),
  'concatenate along a missing axis': () => m.concatenate([x, x], { axis: 2 }),
  'stack of other shapes': () => m.stack([x, tensor([1])]),
  'split into unequal parts': () => m.split(x, 2, { axis: 1 }),
  'split into no parts': () => m.arraySplit(x, 0),
  'pad by a negative width': () => m.pad(x, -1),
  'pad of some axes': () => m.pad(x, [[1, 1]]),
  'pad with a vector': () => m.pad(x, 1, tensor([1, 2])),
  'tile by a fraction': () => m.tile(x, 1.5),
  'flip of a missing axis': () => m.flip(x, 2),
  'matmul of other sizes': () => m.matmul(x, x),
  'matmul of a scalar': () => m.matmul(x, 2),
  'matmul of batches that do not broadcast': () => m.matmul(m.zeros([2, 1, 3]), m.zeros([3, 3, 1])),
  'dot of other sizes': () => m.dot(x, tensor([1, 2])),
  'einsum without letters': () => m.einsum('i,j->?', x, x),
  'einsum with other operands': () => m.einsum('ij,jk', x),
  'einsum with other axes': () => m.einsum('i', x),
  'einsum with other sizes': () => m.einsum('ij,ij->', x, m.transpose(x)),
  'einsum with an unknown letter': () => m.einsum('ij->k', x),
  'sum along a missing axis': () => m.sum(x, { axis: 2 }),
  'sum along an axis twice': () => m.sum(x, { axis: [0, -2] }),
  'sum along a fraction': () => m.sum(x, { axis: 0.5 }),
  'sum along a string': () => m.sum(x, { axis: bad('0') }),
  'max of nothing': () => m.max(m.zeros([0])),
  'min of nothing along an axis': () => m.min(m.zeros([2, 0]), { axis: 1 }),
  'argmax of nothing': () => m.argmax(m.zeros([0])),
  'cumsum along a missing axis': () => m.cumsum(x, { axis: 2 }),
  'arange with step 0': () => m.arange(0, 1, 0),
  'arange to infinity': () => m.arange(Infinity),
  'arange of a string': () => m.arange(bad('3')),
  'linspace with a fraction': () => m.linspace(0, 1, 2.5),
  'eye with a negative size': () => m.eye(-1),
  'grad of no function': () => grad(3),
  'grad of a vector': () => grad((t: Tensor) => t)(x),
  'grad of a number': () => grad(() => 3)(x),
  'grad of a promise': () => grad(async (t: Tensor) => t)(x),
  'grad of a pair without hasAux': () => grad((t: Tensor) => [m.sum(t), 1])(x),
  'grad of no pair with hasAux': () =>
    grad(
      bad((t: Tensor) => m.sum(t)),
      { hasAux: true },
    )(x),
  'grad by a number': () => grad((t: Tensor) => t)(bad(3)),
  'grad by a tree with a number': () => grad((t: { a: Tensor[] }) => t.a[0])({ a: [tensor(1), bad(2)] }),
  'grad by a class instance': () => grad((t: Tensor) => t)(bad(new Date(0))),
  'grad by an argument that is not there': () => grad((t: Tensor) => t, { argnums: bad(1) })(x),
  'grad by argument -1': () => grad((t: Tensor) => t, { argnums: bad(-1) })(x),
  'grad by a second argument that is a string': () =>
    grad((_a: Tensor, t: Tensor) => t, { argnums: 1 })(x, bad('s')),
  'vjp with a cotangent of another shape': () => m.vjp((t: Tensor) => t, x)[1](tensor([1])),
  'jvp with a tangent of another shape': () => m.jvp((t: Tensor) => t, [x], [tensor([1])]),
  'customVjp with a rule of another length': () =>
    grad(
      m.customVjp(
        (t: Tensor) => t,
        () => [],
      ),
    )(tensor(1)),
  'customVjp with a cotangent of another shape': () =>
    grad((t: Tensor) =>
      m.sum(
        m.customVjp(
          (u: Tensor) => u,
          () => [tensor([1])],
        )(t),
      ),
    )(x),
  'tree.map over trees with other keys': () =>
    tree.map((a) => a, { w: x, b: { c: x } }, bad({ w: x, b: {} })),
  'tree.map over a tree with more keys': () => tree.map((a) => a, { w: x }, bad({ w: x, v: x })),
  'tree.map over a branch and a leaf': () =>
    tree.map((a) => a, { layers: [{ bias: x }] }, bad({ layers: [x] })),
  'tree.map over a leaf and a branch': () =>
    tree.map((a) => a, { layers: [x] }, bad({ layers: [{ bias: x }] })),
  'tree.map over an array and an object': () => tree.map((a) => a, { a: [x] }, bad({ a: { 0: x } })),
  'tree.leaves of a number': () => tree.leaves({ params: { layers: [x, 1] } }),
  'tree.unflatten with too few leaves': () => tree.unflatten(tree.structure([x, x]), [x]),
  'a tree in a cycle': () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    return tree.leaves(cycle);
  },
  'a seed that is a fraction': () => random.key(0.5),
  'a seed that is a string': () => random.key(bad('1')),
  'a seed in place of a key': () => random.normal(bad(1), [2]),
  'a key from other data': () => random.keyFromData([1]),
  'split into a fraction': () => random.split(random.key(0), 1.5),
  'foldIn of a fraction': () => random.foldIn(random.key(0), 0.5),
  'uniform with bounds the wrong way round': () =>
    random.uniform(random.key(0), [1], { minval: 1, maxval: 0 }),
  'uniform with a NaN bound': () => random.uniform(random.key(0), [1], { minval: NaN }),
  'normal with a fractional shape': () => random.normal(random.key(0), [1.5]),
  'truncatedNormal between equal bounds': () => random.truncatedNormal(random.key(0), 1, 1),
  'randint beyond exact numbers': () => random.randint(random.key(0), [1], 0, 2 ** 31),
  'permutation of a negative number': () => random.permutation(random.key(0), -1),
  'choice of more than there are': () => random.choice(random.key(0), 2, { shape: [3], replace: false }),
  'choice with negative probabilities': () => random.choice(random.key(0), 2, { p: tensor([-1, 2]) }),
  'choice with other probabilities': () => random.choice(random.key(0), 2, { p: tensor([1]) }),
  'tensors in place of numbers': () => tensor([tensor(1), tensor(2)] as never),
  'slice at a tensor': () => m.slice(x, tensor(1) as never),
  'where of true': () => m.where(bad(true), 1, 0),
  'whileLoop while true': () =>
    m.whileLoop(
      () => bad(true),
      (v: Tensor) => v,
      x,
    ),
  'sort of a scalar': () => m.sort(1),
  'jit with a boolean': () => m.jit((v: Tensor, _flag: boolean) => v)(x, true),
  'jit that returns a number': () => m.jit((v: Tensor) => [v, 3])(x),
  'pad with one pair': () => m.pad(tensor([1, 2]), [1, 1] as never),
  'categorical into another shape': () => random.categorical(random.key(0), x, { shape: [3] }),
};

describe('the message for', () => {
  test.each(Object.entries(calls))('%s', (_name, call) => {
    expect(message(call)).toMatchSnapshot();
  });
});

test('after all these errors everything still works', () => {
  for (const call of Object.values(calls)) expect(call).toThrow();
  expect(
    m
      .grad((t: Tensor) => m.sum(t.mul(t)))(x)
      .toArray(),
  ).toEqual([
    [2, 4, 6],
    [8, 10, 12],
  ]);
  expect(x.add(1).record).toBeUndefined();
});
