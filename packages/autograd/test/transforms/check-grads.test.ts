import { describe, expect, test } from 'vitest';
import {
  type Tensor,
  add,
  checkGrads,
  customVjp,
  mul,
  stopGradient,
  sum,
  tanh,
  tensor,
  zeros,
} from '../../src/index.ts';

describe('checkGrads', () => {
  test('takes an empty tensor whose array was transferred', () => {
    const x = zeros([0, 3]);
    structuredClone(x.data, { transfer: [x.data.buffer as ArrayBuffer] });
    checkGrads((a: Tensor) => sum(a), [x]);
  });
  test('finds a wrong rule and says where', () => {
    const wrong = customVjp(
      (x: Tensor) => tanh(x),
      (ct) => [ct],
    );
    expect(() => checkGrads(({ w }: { w: Tensor }) => wrong(w), [{ w: tensor([1, 2]) }])).toThrow(
      /^checkGrads: gradient at argument 0\.w: reverse mode .*, central difference .*, error .*, along \[-?0\.\d+, -?0\.\d+\] of shape \[2\];/,
    );
  });
  test('finds a rule that is wrong at second order only', () => {
    const halfRight = customVjp(
      (x: Tensor) => mul(x, mul(x, x)),
      (ct, [x]) => [ct.mul(stopGradient(mul(3, mul(x, x))))],
    );
    expect(() => checkGrads(halfRight, [tensor([1, 2])], { order: 1 })).not.toThrow();
    expect(() => checkGrads(halfRight, [tensor([1, 2])])).toThrow('second derivative');
    expect(() => checkGrads(halfRight, [tensor([1, 2])], { seed: 7 })).toThrow('second derivative');
  });
  test('accepts what is right', () => {
    expect(() =>
      checkGrads((a: Tensor, b: Tensor) => add(a, mul(b, b)), [tensor(1), tensor([2, 3])]),
    ).not.toThrow();
  });
});
