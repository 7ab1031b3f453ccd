/** Checking gradients against finite differences. */
import { asOpCalling } from '../base/errors.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { sum } from '../ops/reduce.ts';
import {
  checkFunction,
  checkInteger,
  checkList,
  checkNumber,
  checkOptions,
  wrongType,
} from '../core/check.ts';
import { formatShape, sizeOf } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { flattenArgument, rebuild } from '../tree/form.ts';
import { float64Tensor, inFloat64 } from '../reference/in-float64.ts';
import { vjp } from './grad.ts';
import * as tree from '../tree/index.ts';

export interface CheckGradsOptions {
  /** 1, or 2 (default) to check the derivative of the gradient as well. */
  readonly order?: 1 | 2;
  /** The largest error allowed, relative to the derivative or 1, whichever is larger. Default 1e-5. */
  readonly tolerance?: number;
  /** Half the distance of the points that differences are taken between. Default 1e-5. */
  readonly step?: number;
  /** Of the random directions; default 0. */
  readonly seed?: number;
}

const isPositive = (value: number): boolean => value > 0;

/** Numbers in [-1, 1) that look random but are the same every time. */
const direction = (seed: number, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => {
    const wave = Math.sin(seed * 78.233 + (i + 1) * 12.9898) * 43758.5453;
    return 2 * (wave - Math.floor(wave)) - 1;
  });

/**
 * Compares reverse mode with central differences along a random direction for each leaf of each argument, all in double precision, for the gradient of a random
 * combination of the result's elements and for the derivative of that gradient. f takes trees of tensors and returns one tensor.
 *
 * Throws an Error that names the argument and the leaf's path, the direction, both values and the error where they differ. Kinks within `step` of an argument show
 * as errors. Mirrors jax.test_util.check_grads.
 *
 * @example
 * // The way to test a rule of one's own.
 * const cube = customVjp((x: Tensor) => pow(x, 3), (ct, [x]) => [mul(ct, mul(3, square(x)))]);
 * checkGrads(cube, [tensor([0.5, -2])]);
 */
export function checkGrads<A extends unknown[]>(
  f: (...args: A) => Tensor,
  args: readonly [...A],
  options: CheckGradsOptions = {},
): void {
  const op = 'checkGrads';
  checkFunction(op, 'f', f);
  const {
    order = 2,
    tolerance = 1e-5,
    step = 1e-5,
    seed = 0,
  } = checkOptions(op, options, ['order', 'tolerance', 'step', 'seed']);
  checkInteger(op, 'order', order, 1, 2);
  checkNumber(op, 'tolerance', tolerance, 'a number > 0', isPositive);
  checkNumber(op, 'step', step, 'a number > 0', isPositive);
  checkInteger(op, 'seed', seed, 0);
  const run = (own: (...args: A) => Tensor): void => {
    const precise = checkList(op, 'the arguments', args, (argument, i) => {
      const flat = flattenArgument(op, i, argument);
      return rebuild(
        [flat],
        flat.leaves.map((leaf) => float64Tensor(leaf.shape, leaf.storage)),
      )[0];
    }) as A;
    check(own, precise, order, { tolerance, step, seed }, 'gradient');
  };
  asOpCalling(op, f, (own) => inFloat64(() => run(own)));
}

type Settings = Required<Pick<CheckGradsOptions, 'tolerance' | 'step' | 'seed'>>;

const describeDirection = ({ shape, storage }: Tensor): string => {
  const values = Array.from(storage.subarray(0, 6), (value) => value.toFixed(4)).join(', ');
  return `[${values}${storage.length > 6 ? ', …' : ''}] of shape ${formatShape(shape)}`;
};

const check = <A extends unknown[]>(
  f: (...args: A) => Tensor,
  args: A,
  order: number,
  settings: Settings,
  what: string,
): void => {
  const { tolerance, step, seed } = settings;
  const value: unknown = f(...args);
  if (!isTensor(value)) throw wrongType('checkGrads', 'result of the function', 'a Tensor', value);
  const weights = float64Tensor(value.shape, direction(seed + 0.5, sizeOf(value.shape)));
  const weighted = (...at: A): Tensor => sum(mul(f(...at), weights));
  const [, pullback] = vjp(weighted, ...args);
  const gradients = pullback(float64Tensor([], [1]));
  args.forEach((argument, argnum) => {
    const flat = flattenArgument('checkGrads', argnum, argument);
    const { leaves } = flat;
    const cotangents = tree.leaves(gradients[argnum]);
    flat.paths.forEach((path, place) => {
      const leaf = leaves[place];
      const along = float64Tensor(leaf.shape, direction(seed + argnum + place + 1, leaf.size));
      const moved = (by: number): number => {
        const replaced = leaves.map((l, i) =>
          i === place ? add(l, mul(along, float64Tensor([], [by]))) : l,
        );
        const at = args.with(argnum, rebuild([flat], replaced)[0]) as A;
        return weighted(...at).item();
      };
      const expected = (moved(step) - moved(-step)) / (2 * step);
      const found = sum(mul(cotangents[place], along)).item();
      const error = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
      if (!(error <= tolerance) && !(Number.isNaN(found) && Number.isNaN(expected))) {
        throw new Error(
          `checkGrads: ${what} at ${path || `argument ${argnum}`}: reverse mode ${found}, central difference ${expected}, error ${error}, along ${describeDirection(along)}; near a kink, or where the slope changes much within the step of ${step}, no rule is right`,
        );
      }
    });
  });
  if (order > 1) {
    const slope = (...at: A): Tensor => {
      const [, pull] = vjp(weighted, ...at);
      return pull(float64Tensor([], [1])).reduce<Tensor>(
        (total, cotangent, i) => {
          const parts = tree.leaves(cotangent).map((leaf, j) => {
            const along = float64Tensor(leaf.shape, direction(seed + 10 + i + j, leaf.size));
            return sum(mul(leaf, along));
          });
          return parts.reduce(add, total);
        },
        float64Tensor([], [0]),
      );
    };
    check(slope, args, 1, settings, 'second derivative');
  }
};
