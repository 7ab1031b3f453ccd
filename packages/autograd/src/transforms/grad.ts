/** Derivatives of functions of trees: gradients and vector-Jacobian products. */
import { add, mul } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { isRecording, recording, variable } from '../core/record.ts';
import { stopGradient, toTensor } from '../core/bind.ts';
import { asOp, checkBoolean, checkFunction, checkList, checkNoPromise, checkOptions } from '../core/check.ts';
import { checkInteger, describe, isPlain } from '../base/describe.ts';
import { formatShape, sameShape } from '../base/shape.ts';
import { isTensor, type Tensor } from '../core/tensor.ts';
import type * as tree from '../tree/index.ts';
import { flattenArgument, fromEntries, mapTrees, rebuild } from '../tree/form.ts';
import type { AnyFunction } from './any-function.ts';
import { backward } from './backward.ts';

/** Which argument to differentiate with respect to (default 0), or several. */
export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  readonly argnums?: N;
  readonly hasAux?: boolean;
}

/** The types of the arguments that `argnums` names: one, or a tuple of several. */
export type ArgumentsAt<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: A[N[K] & number] }
  : N extends number
    ? A[N]
    : never;

/** A function whose differentiated arguments are trees of tensors. */
export type Differentiable<F extends AnyFunction, N> =
  ArgumentsAt<Parameters<F>, N> extends tree.TensorTree<ArgumentsAt<Parameters<F>, N>> ? F : never;

/** The result as a scalar tensor, or an error that says what it is instead. */
const checkScalar = (op: string, value: unknown): Tensor => {
  checkNoPromise(op, 'the function', value);
  if (Array.isArray(value) && value.length === 2 && isTensor(value[0])) {
    throw new TypeError(`${op}: the function returned an array: use the option hasAux for [value, aux]`);
  }
  if (!isTensor(value))
    throw new TypeError(`${op}: the function must return a scalar Tensor: ${describe(value)}`);
  if (value.size !== 1 || value.ndim !== 0) {
    throw new RangeError(
      `${op}: the function must return a scalar: shape ${formatShape(value.shape)}; use sum() or mean(), or vjp/jacobian`,
    );
  }
  return value;
};

/** Tensors that leave the derivative: without a record, unless a derivative around this one needs it. */
const release = (tensor: Tensor): Tensor => (isRecording() ? tensor : stopGradient(tensor));

/** The same for all tensors in an auxiliary result, which may hold anything else as well. */
const releaseAll = (op: string, value: unknown, depth: number = 0): unknown => {
  if (isTensor(value)) return release(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAXIMUM_DEPTH)
    throw new RangeError(`${op}: the auxiliary result is nested too deeply, or in a cycle`);
  if (Array.isArray(value)) return value.map((part) => releaseAll(op, part, depth + 1));
  if (!isPlain(value)) return value;
  return fromEntries(Object.entries(value).map(([key, part]) => [key, releaseAll(op, part, depth + 1)]));
};
const MAXIMUM_DEPTH = 200;

/** The cotangents of `variables`, zeros for those that the value does not depend on. */
const cotangentsOf = (variables: readonly Tensor[], value: Tensor, ct: Tensor): Tensor[] => {
  const cotangents = backward(value, ct, variables);
  return variables.map(({ shape }, i) => release(cotangents[i] ?? zeros(shape)));
};

interface Evaluation {
  readonly value: Tensor;
  readonly aux: unknown;
  readonly gradients: readonly unknown[];
}

const evaluate = (
  op: string,
  f: AnyFunction,
  args: readonly unknown[],
  argnums: readonly number[],
  hasAux: boolean,
): Evaluation => {
  const flat = argnums.map((argnum) => {
    if (argnum >= args.length)
      throw new RangeError(`${op}: there is no argument ${argnum}: ${args.length} given`);
    return flattenArgument(op, argnum, args[argnum]);
  });
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const actual = [...args];
  const rebuilt = rebuild(flat, variables);
  argnums.forEach((argnum, i) => (actual[argnum] = rebuilt[i]));
  const result = recording(() => f(...actual));
  if (hasAux && !(Array.isArray(result) && result.length === 2)) {
    throw new TypeError(`${op}: with hasAux the function must return [value, aux]: ${describe(result)}`);
  }
  const [output, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
  const value = checkScalar(op, output);
  const gradients = rebuild(flat, cotangentsOf(variables, value, ones([])));
  return { value: release(value), aux: releaseAll(op, aux), gradients };
};

const checkArgnums = (op: string, argnums: unknown): readonly number[] => {
  const list: readonly unknown[] = Array.isArray(argnums) ? argnums : [argnums];
  const checked = checkList(op, 'argnums', list, (argnum) => checkInteger(op, 'argnums', argnum, 0, 2 ** 16));
  if (new Set(checked).size !== checked.length)
    throw new RangeError(`${op}: argnums names an argument twice: ${describe(argnums)}`);
  return checked;
};

interface Settings {
  readonly argnums: readonly number[];
  /** Whether the gradients are to be given as a tuple. */
  readonly several: boolean;
  readonly hasAux: boolean;
}

const checkSettings = (op: string, f: unknown, options: GradOptions): Settings => {
  checkFunction(op, 'f', f);
  const { argnums = 0, hasAux = false } = checkOptions(op, options, ['argnums', 'hasAux']);
  return {
    argnums: checkArgnums(op, argnums),
    several: Array.isArray(argnums),
    hasAux: checkBoolean(op, 'hasAux', hasAux),
  };
};

/**
 * A function that gives both the value of f and its gradient with respect to one argument, a tree of the same form (or several
 * arguments, as a tuple of such trees). f must return a scalar tensor.
 *
 * With `hasAux`, f returns [value, aux] and the result is [[value, aux], gradient]. Mirrors jax.value_and_grad. Throws a TypeError for leaves that are
 * no tensors, and for a result that is none; a RangeError for one that is no scalar.
 *
 * @example
 * const cost = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor) => sum(square(w.mul(x).add(b)));
 * const [value, gradients] = valueAndGrad(cost)({ w: tensor(2), b: tensor(1) }, tensor([0, 1]));
 * console.log(value.item(), gradients.w.item(), gradients.b.item()); // → 10 6 8
 */
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => Tensor, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => [Tensor, ArgumentsAt<A, N>];
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => readonly [Tensor, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [[Tensor, X], ArgumentsAt<A, N>];
export function valueAndGrad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  const { argnums, several, hasAux } = checkSettings('valueAndGrad', f, options);
  return (...args) => {
    const { value, aux, gradients } = evaluate('valueAndGrad', f, args, argnums, hasAux);
    const gradient = several ? gradients : gradients[0];
    return [hasAux ? [value, aux] : value, gradient];
  };
}

/**
 * A function that gives the gradient of f, a tree of the form of the argument: see `valueAndGrad`. With `hasAux` it gives [gradient, aux]. Mirrors
 * jax.grad.
 *
 * @example console.log(grad((x: Tensor) => x.mul(x))(tensor(3)).item()); // → 6
 */
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => Tensor, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => ArgumentsAt<A, N>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => readonly [Tensor, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [ArgumentsAt<A, N>, X];
export function grad(f: AnyFunction, options: GradOptions = {}): AnyFunction {
  return gradFor('grad', f, options);
}

/** `grad` for `op`, whose name the errors bear. */
export const gradFor = (op: string, f: AnyFunction, options: GradOptions = {}): AnyFunction => {
  const { argnums, several, hasAux } = checkSettings(op, f, options);
  return (...args) => {
    const { aux, gradients } = evaluate(op, f, args, argnums, hasAux);
    const gradient = several ? gradients : gradients[0];
    return hasAux ? [gradient, aux] : gradient;
  };
};

const checkOutput = (op: string, value: unknown): Tensor => {
  checkNoPromise(op, 'the function', value);
  if (!isTensor(value)) throw new TypeError(`${op}: the function must return a Tensor: ${describe(value)}`);
  return value;
};

/**
 * The value of f at `primals` and its pullback: from a cotangent of the value's shape to the cotangents vᵀJ of all primals. f returns one tensor.
 * Mirrors jax.vjp.
 */
export function vjp<A extends unknown[]>(
  f: (...primals: A) => Tensor,
  ...primals: A
): [Tensor, (ct: Tensor) => A] {
  return vjpFor('vjp', f, primals);
}

/** `vjp` for `op`, whose name the errors bear. */
export const vjpFor = <A extends unknown[]>(
  op: string,
  f: (...primals: A) => Tensor,
  primals: A,
): [Tensor, (ct: Tensor) => A] => {
  checkFunction(op, 'f', f);
  const flat = primals.map((primal, i) => flattenArgument(op, i, primal));
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const out = recording(() => f(...(rebuild(flat, variables) as A)));
  const value = checkOutput(op, out);
  const pullback = (ct: Tensor): A => {
    const cotangent = toTensor(op, ct, 'cotangent');
    if (!sameShape(cotangent.shape, value.shape)) {
      throw new RangeError(
        `${op}: cotangent of shape ${formatShape(cotangent.shape)} for a result of shape ${formatShape(value.shape)}`,
      );
    }
    return rebuild(flat, cotangentsOf(variables, value, cotangent)) as A;
  };
  return [release(value), pullback];
};

/**
 * The value of f at `primals` and its derivative J·v along `tangents`, trees of the form of the primals. Mirrors jax.jvp. Computed by reverse
 * mode twice: vᵀJ is linear in v, and the pullback of that linear function is J.
 */
export function jvp<A extends unknown[]>(
  f: (...primals: A) => Tensor,
  primals: readonly [...A],
  tangents: readonly [...A],
): [Tensor, Tensor] {
  return jvpFor('jvp', f, primals, tangents);
}

/** `jvp` for `op`, whose name the errors bear. */
export const jvpFor = <A extends unknown[]>(
  op: string,
  f: (...primals: A) => Tensor,
  primals: readonly [...A],
  tangents: readonly [...A],
): [Tensor, Tensor] => {
  checkFunction(op, 'f', f);
  const at = checkList(op, 'primals', primals, (primal) => primal) as A;
  const along = checkList(op, 'tangents', tangents, (tangent) => tangent) as A;
  return recording(() => {
    const [value, pullback] = vjpFor(op, f, at);
    const [, push] = vjpFor(op, (ct: Tensor) => dotTrees(op, pullback(ct), along), [
      asOp(op, () => zeros(value.shape)),
    ]);
    return [value, push(ones([]))[0]] as [Tensor, Tensor];
  }).map(release) as [Tensor, Tensor];
};

/** Σ a·b over all leaves. */
const dotTrees = (op: string, a: unknown, b: unknown): Tensor => {
  let total: Tensor | undefined;
  mapTrees(
    op,
    (_path, [x, y]) => {
      if (!sameShape(x.shape, y.shape)) {
        throw new RangeError(
          `${op}: a tangent of shape ${formatShape(y.shape)} for a primal of shape ${formatShape(x.shape)}`,
        );
      }
      const part = asOp(op, () => sum(mul(x, y)));
      const before = total;
      total = before === undefined ? part : asOp(op, () => add(before, part));
      return x;
    },
    [a, b],
  );
  return total ?? zeros([]);
};
