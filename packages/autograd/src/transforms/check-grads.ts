/** Checks gradients against finite differences. */
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
import { flattenArgument, rebuild, buildFrom } from '../tree/form.ts';
import { float64Tensor, inFloat64 } from '../reference/in-float64.ts';
import { vjp } from './vjp.ts';
import * as tree from '../tree/index.ts';

/** Options of `checkGrads`. */
export interface CheckGradsOptions {
  /** 1 checks the gradient; 2 (default) also checks the derivative of the gradient. */
  readonly order?: 1 | 2;
  /**
   * The largest error allowed, relative to the absolute value of the derivative, or to 1 if that is
   * larger. Default 1e-5.
   */
  readonly tolerance?: number;
  /** h in the central difference (f(x + h·v) - f(x - h·v)) / 2h. Default 1e-5. */
  readonly step?: number;
  /** The seed of the random directions. Default 0. */
  readonly seed?: number;
}

const isPositive = (value: number): boolean => value > 0;

/** Returns pseudo-random numbers in [-1, 1), the same for the same seed. */
const direction = (seed: number, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => {
    const wave = Math.sin(seed * 78.233 + (i + 1) * 12.9898) * 43758.5453;
    return 2 * (wave - Math.floor(wave)) - 1;
  });

/**
 * Compares derivatives by reverse mode with central differences; throws where they differ.
 *
 * f takes trees of tensors and returns one tensor. Everything is computed in double precision,
 * along one random direction for each leaf of each argument. First it checks the gradient of a
 * random combination of the elements of the result, then the derivative of that gradient.
 *
 * Throws an Error with the argument, the path of the leaf, the direction, both values and the
 * error. A kink within `step` of an argument appears as an error. Mirrors
 * jax.test_util.check_grads.
 *
 * @example
 * // Test your own gradient rule.
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
  const run = (wrapped: (...args: A) => Tensor): void => {
    const precise = checkList(op, 'arguments', args, (argument, i) => {
      const flat = flattenArgument(op, i, argument);
      return rebuild(
        [flat],
        flat.leaves.map((leaf) => float64Tensor(leaf.shape, leaf.storage)),
      )[0];
    }) as A;
    check(wrapped, precise, order, { tolerance, step, seed }, 'gradient');
  };
  asOpCalling(op, f, (wrapped) => inFloat64(() => run(wrapped)));
}

type Settings = Required<Pick<CheckGradsOptions, 'tolerance' | 'step' | 'seed'>>;

/** Returns the first elements of a direction, for an error message. */
const describeDirection = ({ shape, storage }: Tensor): string => {
  const values = Array.from(storage.subarray(0, 6), (value) => value.toFixed(4)).join(', ');
  return `[${values}${storage.length > 6 ? ', …' : ''}] of shape ${formatShape(shape)}`;
};

/**
 * Compares the gradient of f at `args` with central differences; for order 2, also the derivative
 * of the gradient. Errors name the derivative `what`.
 */
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
    flat.paths.forEach((path, index) => {
      const leaf = leaves[index];
      const along = float64Tensor(leaf.shape, direction(seed + argnum + index + 1, leaf.size));
      const valueAt = (distance: number): number => {
        const replaced = leaves.map((l, i) =>
          i === index ? add(l, mul(along, float64Tensor([], [distance]))) : l,
        );
        const at = args.with(argnum, buildFrom(flat.form, replaced)) as A;
        return weighted(...at).item();
      };
      const expected = (valueAt(step) - valueAt(-step)) / (2 * step);
      const actual = sum(mul(cotangents[index], along)).item();
      const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
      if (!(error <= tolerance) && !(Number.isNaN(actual) && Number.isNaN(expected))) {
        throw new Error(
          `checkGrads: ${what} at ${path}: reverse mode ${actual}, central difference ${expected}, error ${error}, along ${describeDirection(along)}; near a kink, or where the slope changes much within the step of ${step}, no rule is right`,
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
