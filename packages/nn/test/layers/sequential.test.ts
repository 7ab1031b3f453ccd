/** `Sequential`: its parameters, outputs and errors. */
import { describe, expect, test } from 'vitest';
import { matmul, random, relu, sigmoid, type Tensor, tensor, tree } from '@mini/autograd';
import { BatchNorm, Dense, Flatten, Relu, Sequential, Sigmoid, Tanh } from '../../src/index.ts';
import * as nn from '../../src/index.ts';

const key = random.key(5);

describe('Sequential', () => {
  test('tells functions that make layers from activations', () => {
    const names = Object.entries(nn).flatMap(([name, value]) =>
      typeof value === 'function' && /^[A-Z]/.test(name) ? [name] : [],
    );
    expect(names).toContain('RMSNorm');
    for (const name of names)
      expect(() => nn.Sequential({ own: nn[name as 'Dense'] as never }), name).toThrow(
        `Sequential: layer own is not a layer: expected what ${name}(…) returns, got the function ${name}`,
      );
  });
  const net = Sequential({
    flatten: Flatten,
    hidden: Dense(8),
    activation: relu,
    out: Dense(3),
    last: Sigmoid,
  });
  const params = net.init(key, [1, 2, 3]);
  test('names parameters by layer, and skips layers without parameters', () => {
    expect(tree.map((x) => x.shape.join(), params)).toEqual({
      hidden: { kernel: '6,8', bias: '8' },
      out: { kernel: '8,3', bias: '3' },
    });
    const typed: Tensor = params.hidden.kernel;
    expect(typed.shape).toEqual([6, 8]);
    // @ts-expect-error -- an activation has no parameters
    expect(params.activation).toBeUndefined();
  });
  test('applies its layers in order', () => {
    const x = random.normal(key, [4, 2, 3]);
    const { hidden, out } = params;
    const flat = tensor(x.data, [4, 6]);
    const expected = sigmoid(
      matmul(relu(matmul(flat, hidden.kernel).add(hidden.bias)), out.kernel).add(out.bias),
    );
    expect(net.apply(params, x).toArray()).toEqual(expected.toArray());
    expect(net.outputShape([4, 2, 3])).toEqual([4, 3]);
  });
  test('nests, and returns the same parameters for the same key', () => {
    const nested = Sequential({ body: Sequential({ a: Dense(2), act: Tanh }), head: Dense(1) });
    const first = nested.init(key, [3]);
    expect(tree.structure(first).paths).toEqual(['body.a.bias', 'body.a.kernel', 'head.bias', 'head.kernel']);
    expect(nested.init(key, [3])).toEqual(first);
  });
  test('names the functions that a network of its own lacks', () => {
    const { init, outputShape, initState, train } = BatchNorm();
    expect(() => Sequential({ a: { init, outputShape, initState, train } as never })).toThrow(
      'Sequential: layer a is not a layer: expected a function, or an object with the functions init, outputShape, initState, train and evaluate, got an object (Object)',
    );
  });
  test('rejects what is not a layer, and names that JavaScript would reorder', () => {
    expect(() => Sequential({ a: 3 as never })).toThrow(
      'Sequential: layer a is not a layer: expected a function, or an object with the functions init, outputShape and apply, got 3',
    );
    expect(() => Sequential({ 0: Relu })).toThrow(
      'Sequential: name of a layer is a number: expected another name, got 0',
    );
  });
});
