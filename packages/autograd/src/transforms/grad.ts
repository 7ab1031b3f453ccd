/** Derivatives of functions of trees: gradients, vector-Jacobian and Jacobian-vector products. */
import { asOpCalling, callerOr, rangeError, typeError } from '../base/errors.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { isRecording, recording } from '../core/record.ts';
import { variable } from './variable.ts';
import { resolve, withoutRecord } from '../core/bind.ts';
import {
  checkArgnums,
  checkBoolean,
  checkFunction,
  checkList,
  checkNoPromise,
  checkOptions,
  toTensor,
  wrongType,
} from '../core/check.ts';
import { describe, isPlain } from '../base/describe.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { type Tensor, isTensor } from '../core/tensor.ts';
import { type Flat, flatten, flattenArgument, fromEntries, mapTrees, rebuild } from '../tree/form.ts';
import type { AnyFunction } from './any-function.ts';
import type { ArgumentsAt, ArgumentsIn, Derivative, Known } from './derivative-types.ts';
import { backward } from './backward.ts';
import { MAX_DEPTH } from '../base/limits.ts';

/**
 * The index of the argument to differentiate with respect to (default 0), or several; and whether f
 * returns [value, aux] (default false).
 */
export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  readonly argnums?: N;
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

/**
 * Removes the record of a result, so that the garbage collector can free the intermediate results.
 *
 * Inside another derivative it returns the tensor unchanged: that derivative needs the record.
 */
const detach = (tensor: Tensor): Tensor => (isRecording() ? resolve(tensor) : withoutRecord(tensor));

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

/**
 * Returns the cotangents of `variables`: zeros for a variable that the values do not depend on.
 */
const cotangentsOf = (
  variables: readonly Tensor[],
  values: readonly Tensor[],
  cts: readonly Tensor[],
): Tensor[] => {
  const cotangents = backward(values, cts, variables);
  return variables.map(({ shape }, i) => detach(cotangents[i] ?? zeros(shape)));
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
  const flat = argnums.map((argnum) => {
    if (argnum >= args.length)
      throw rangeError(op, `missing argument: expected argument ${argnum}, got ${args.length} in all`);
    return flattenArgument(op, argnum, args[argnum]);
  });
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const callArgs = [...args];
  const rebuilt = rebuild(flat, variables);
  argnums.forEach((argnum, i) => (callArgs[argnum] = rebuilt[i]));
  const result = recording(() => f(...callArgs));
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
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => Tensor, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): Derivative<A, N, [Tensor, ArgumentsAt<A, N>]>;
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => readonly [Tensor, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): Derivative<A, N, [[Tensor, X], ArgumentsAt<A, N>]>;
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => [Tensor, ArgumentsIn<A, N>];
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor, X],
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [[Tensor, X], ArgumentsIn<A, N>];
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
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => Tensor, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): Derivative<A, N, ArgumentsAt<A, N>>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Known<(...args: A) => readonly [Tensor, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): Derivative<A, N, [ArgumentsAt<A, N>, X]>;
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => ArgumentsIn<A, N>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor, X],
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [ArgumentsIn<A, N>, X];
export function grad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  const { argnums, asTuple, hasAux } = checkSettings('grad', f, options);
  return (...args) => {
    const { aux, gradients } = evaluate('grad', f, args, argnums, hasAux);
    const gradient = asTuple ? gradients : gradients[0];
    return hasAux ? [gradient, aux] : gradient;
  };
}

/** Flattens the result of a function that `op` differentiates: a tree of tensors. */
const flattenResult = (op: string, value: unknown): Flat => {
  checkNoPromise(op, 'the function', value);
  if (typeof value !== 'object' || value === null)
    throw wrongType(op, 'result of the function', 'a Tensor or a tree of Tensors', value);
  const { form, leaves, paths } = flatten(op, value, 'the result');
  return { form, leaves: leaves.map(resolve), paths };
};

/** The tree of a result, with other leaves. */
const withLeaves = ({ form }: Flat, leaves: readonly Tensor[]): unknown => rebuild([{ form }], leaves)[0];

/** Returns the leaves of a cotangent for a result. */
const checkCotangents = (op: string, ct: unknown, result: Flat): readonly Tensor[] => {
  const checkShapeOf = ({ shape }: Tensor, cotangent: Tensor): Tensor => {
    if (!sameShape(cotangent.shape, shape))
      throw rangeError(
        op,
        `invalid cotangent: expected the result's shape ${formatShape(shape)}, got ${formatShape(cotangent.shape)}`,
      );
    return cotangent;
  };
  if (result.form.kind === 'leaf') return [checkShapeOf(result.leaves[0], toTensor(op, ct, 'cotangent'))];
  const cotangents: Tensor[] = [];
  mapTrees(op, (_path, [value, cotangent]) => cotangents.push(checkShapeOf(value, cotangent)), [
    withLeaves(result, result.leaves),
    ct,
  ]);
  return cotangents;
};

/**
 * Returns the value of f at `primals`, and the pullback of f there.
 *
 * The pullback maps a cotangent v, a tree of the form of the value, to the cotangents vᵀJ of all
 * primals. Throws a TypeError if f does not return a tree of tensors. The pullback throws for a
 * cotangent of another form or with other shapes. Mirrors jax.vjp.
 *
 * @example
 * const [value, pullback] = vjp((x: Tensor) => x.mul(x), tensor([1, 2]));
 * const [ct] = pullback(tensor([1, 10]));
 * console.log(value.toArray(), ct.toArray()); // → [ 1, 4 ] [ 2, 40 ]
 */
export function vjp<A extends unknown[], R = Tensor>(
  f: (...primals: A) => R,
  ...primals: A
): [R, (ct: R) => A] {
  const op = callerOr('vjp');
  checkFunction(op, 'f', f);
  const flat = primals.map((primal, i) => flattenArgument(op, i, primal));
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const out = recording(() => f(...(rebuild(flat, variables) as A)));
  const result = flattenResult(op, out);
  const pullback = (ct: R): A =>
    rebuild(flat, cotangentsOf(variables, result.leaves, checkCotangents(op, ct, result))) as A;
  return [withLeaves(result, result.leaves.map(detach)) as R, pullback];
}

/**
 * Returns the value of f at `primals`, and its derivative J·v along v = `tangents`.
 *
 * The tangents are trees of the same form as the primals, and the derivative is one of the form of
 * the value. Throws a TypeError or a RangeError for tangents of another form or with other shapes.
 * Mirrors jax.jvp.
 *
 * It applies reverse mode twice: u ↦ uᵀJ is linear in u, and the pullback of this linear function
 * maps v to J·v.
 *
 * @example
 * const [value, tangent] = jvp((x: Tensor) => x.mul(x), [tensor([1, 2])], [tensor([1, 10])]);
 * console.log(value.toArray(), tangent.toArray()); // → [ 1, 4 ] [ 2, 40 ]
 */
export function jvp<A extends unknown[], R = Tensor>(
  f: (...primals: A) => R,
  primals: readonly [...A],
  tangents: readonly [...A],
): [R, R] {
  const op = 'jvp';
  checkFunction(op, 'f', f);
  const at = checkList(op, 'primals', primals, (primal) => primal) as A;
  const along = checkList(op, 'tangents', tangents, (tangent) => tangent) as A;
  const both = asOpCalling(op, f, (run) =>
    recording(() => {
      const [value, pullback] = vjp(run, ...at);
      const start = mapTrees(op, (_path, [leaf]) => zeros(leaf.shape), [value]) as R;
      const [, pushforward] = vjp((ct: R) => dotTrees(pullback(ct), along), start);
      return [value, pushforward(ones([]))[0]] as const;
    }),
  );
  return both.map((part) => mapTrees(op, (_path, [leaf]) => detach(leaf), [part])) as [R, R];
}

/** Returns Σ a·b over all leaves of two trees of the same form. */
const dotTrees = (a: unknown, b: unknown): Tensor => {
  let total: Tensor | undefined;
  mapTrees(
    'jvp',
    (_path, [x, y]) => {
      if (!sameShape(x.shape, y.shape))
        throw rangeError(
          'jvp',
          `shapes differ: expected a tangent of shape ${formatShape(x.shape)}, got ${formatShape(y.shape)}`,
        );
      const part = sum(mul(x, y));
      total = total === undefined ? part : add(total, part);
      return x;
    },
    [a, b],
  );
  return total ?? zeros([]);
};
