/** Gradients of functions from trees to a scalar. */
import { rangeError, typeError } from '../base/errors.ts';
import { ones } from '../ops/creation.ts';
import { recording } from '../core/record.ts';
import { variable } from './variable.ts';
import { resolve } from '../core/replaced.ts';
import {
  checkArgnums,
  checkBoolean,
  checkFunction,
  checkNoPromise,
  checkOptions,
  wrongType,
} from '../core/check.ts';
import { describe, isPlain } from '../base/describe.ts';
import { formatShape } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { flattenArgument, fromEntries, rebuild } from '../tree/form.ts';
import type { AnyFunction } from './any-function.ts';
import type { ArgumentsAt, ArgumentsIn, Derivative, Known } from './derivative-types.ts';
import { cotangentsOf, detach } from './cotangents.ts';
import { MAX_DEPTH } from '../base/limits.ts';

/**
 * The index of the argument to differentiate with respect to (default 0), or several; and whether f
 * returns [value, aux] (default false).
 */
export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  /** The numbers of the arguments to differentiate, from 0. Default 0. */
  readonly argnums?: N;
  /** Whether f returns [value, other results], which are not differentiated. Default false. */
  readonly hasAux?: boolean;
}

/** Returns the result as a scalar tensor. Throws for any other value; the error describes it. */
const checkScalar = (op: string, value: unknown): Tensor => {
  checkNoPromise(op, 'the function', value);
  if (Array.isArray(value) && value.length === 2 && isTensor(value[0])) {
    throw typeError(
      op,
      'invalid result: expected a scalar Tensor, got an array; use the option hasAux for [value, aux]',
    );
  }
  if (!isTensor(value)) throw wrongType(op, 'result of the function', 'a scalar Tensor', value);
  if (value.size !== 1 || value.ndim !== 0) {
    throw rangeError(
      op,
      `invalid result of the function: expected a scalar, got shape ${formatShape(value.shape)}; use sum() or mean(), or vjp/jacobian`,
    );
  }
  return value;
};

/** Detaches all tensors in an auxiliary result, which can contain any other values. */
const detachAll = (op: string, value: unknown, depth: number = 0): unknown => {
  if (isTensor(value)) return detach(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH)
    throw rangeError(
      op,
      `auxiliary result is nested too deeply, or in a cycle: expected at most ${MAX_DEPTH} levels, got more`,
    );
  if (Array.isArray(value)) return value.map((part) => detachAll(op, part, depth + 1));
  if (!isPlain(value)) return value;
  return fromEntries(Object.entries(value).map(([key, part]) => [key, detachAll(op, part, depth + 1)]));
};

/** Returns the arguments at `argnums`; throws if one is missing. */
export const argumentsAt = (op: string, args: readonly unknown[], argnums: readonly number[]): unknown[] =>
  argnums.map((argnum) => {
    if (argnum >= args.length)
      throw rangeError(op, `missing argument: expected argument ${argnum}, got ${args.length} in all`);
    return args[argnum];
  });

/** Returns the arguments with `replacements` at `argnums`. */
export const withArguments = (
  args: readonly unknown[],
  argnums: readonly number[],
  replacements: readonly unknown[],
): unknown[] => {
  const all = [...args];
  argnums.forEach((argnum, i) => (all[argnum] = replacements[i]));
  return all;
};

interface Evaluation {
  readonly value: Tensor;
  readonly aux: unknown;
  readonly gradients: readonly unknown[];
}

/**
 * Calls f once and computes its value and the gradients with respect to the arguments at `argnums`.
 */
const evaluate = (
  op: string,
  f: AnyFunction,
  args: readonly unknown[],
  argnums: readonly number[],
  hasAux: boolean,
): Evaluation => {
  const given = argumentsAt(op, args, argnums);
  const flat = argnums.map((argnum, i) => flattenArgument(op, argnum, given[i]));
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const result = recording(() => f(...withArguments(args, argnums, rebuild(flat, variables))));
  if (hasAux && !(Array.isArray(result) && result.length === 2)) {
    throw typeError(
      op,
      `invalid result of the function: expected [value, aux] with hasAux, got ${describe(result)}`,
    );
  }
  const [output, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
  const value = resolve(checkScalar(op, output));
  const gradients = rebuild(flat, cotangentsOf(variables, [value], [ones([])]));
  return { value: detach(value), aux: detachAll(op, aux), gradients };
};

interface Settings {
  readonly argnums: readonly number[];
  /** Whether to return the gradients as a tuple. */
  readonly asTuple: boolean;
  readonly hasAux: boolean;
}

const checkSettings = (op: string, f: unknown, options: GradOptions): Settings => {
  checkFunction(op, 'f', f);
  const { argnums = 0, hasAux = false } = checkOptions(op, options, ['argnums', 'hasAux']);
  return {
    argnums: checkArgnums(op, 'argnums', argnums),
    asTuple: Array.isArray(argnums),
    hasAux: checkBoolean(op, 'hasAux', hasAux),
  };
};

/**
 * Returns a function that computes both the value of f and its gradient with respect to one
 * argument.
 *
 * f must return a scalar tensor. The gradient is a tree of the same form as the argument; for a
 * list of `argnums`, it is a tuple of such trees. With `hasAux`, f returns [value, aux], and the
 * result is [[value, aux], gradient].
 *
 * The function throws a TypeError for a differentiated argument with leaves that are not tensors,
 * and if f does not return a tensor; a RangeError if f returns a tensor that is not a scalar.
 * Mirrors jax.value_and_grad.
 *
 * @example
 * const cost = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor) => sum(square(w.mul(x).add(b)));
 * const [value, gradients] = valueAndGrad(cost)({ w: tensor(2), b: tensor(1) }, tensor([0, 1]));
 * console.log(value.item(), gradients.w.item(), gradients.b.item()); // → 10 6 8
 */
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => readonly [Tensor, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): Derivative<A, N, [[Tensor, X], ArgumentsAt<A, N>]>;
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => Tensor, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): Derivative<A, N, [Tensor, ArgumentsAt<A, N>]>;
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor, X],
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [[Tensor, X], ArgumentsIn<A, N>];
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => [Tensor, ArgumentsIn<A, N>];
export function valueAndGrad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  const { argnums, asTuple, hasAux } = checkSettings('valueAndGrad', f, options);
  return (...args) => {
    const { value, aux, gradients } = evaluate('valueAndGrad', f, args, argnums, hasAux);
    const gradient = asTuple ? gradients : gradients[0];
    return [hasAux ? [value, aux] : value, gradient];
  };
}

/**
 * Returns a function that computes the gradient of f, a tree of the same form as the argument.
 *
 * With `hasAux`, it returns [gradient, aux]. See `valueAndGrad` for the options and errors. Mirrors
 * jax.grad.
 *
 * @example
 * console.log(grad((x: Tensor) => x.mul(x))(tensor(3)).item()); // → 6
 * const slopes = grad((x: Tensor, y: Tensor) => x.mul(y), { argnums: [0, 1] });
 * console.log(slopes(tensor(2), tensor(5)).map((slope) => slope.item())); // → [ 5, 2 ]
 */
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => readonly [Tensor, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): Derivative<A, N, [ArgumentsAt<A, N>, X]>;
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => Tensor, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): Derivative<A, N, ArgumentsAt<A, N>>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor, X],
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [ArgumentsIn<A, N>, X];
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => ArgumentsIn<A, N>;
export function grad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  const { argnums, asTuple, hasAux } = checkSettings('grad', f, options);
  return (...args) => {
    const { aux, gradients } = evaluate('grad', f, args, argnums, hasAux);
    const gradient = asTuple ? gradients : gradients[0];
    return hasAux ? [gradient, aux] : gradient;
  };
}
