/** Derivatives of functions of trees: gradients and vector-Jacobian products. */
import { asOpCalling, callerOr, rangeError, typeError } from '../base/errors.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { isRecording, recording, variable } from '../core/record.ts';
import { stopGradient } from '../core/bind.ts';
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
import { flattenArgument, fromEntries, mapTrees, rebuild } from '../tree/form.ts';
import type { AnyFunction } from './any-function.ts';
import { backward } from './backward.ts';
import { MAX_DEPTH } from '../base/limits.ts';
import type * as tree from '../tree/index.ts';

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

/** Tensors that leave the derivative: without a record, unless a derivative around this one needs it. */
const release = (tensor: Tensor): Tensor => (isRecording() ? tensor : stopGradient(tensor));

/** The same for all tensors in an auxiliary result, which may hold anything else as well. */
const releaseAll = (op: string, value: unknown, depth: number = 0): unknown => {
  if (isTensor(value)) return release(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH)
    throw rangeError(
      op,
      `auxiliary result is nested too deeply, or in a cycle: expected at most ${MAX_DEPTH} levels, got more`,
    );
  if (Array.isArray(value)) return value.map((part) => releaseAll(op, part, depth + 1));
  if (!isPlain(value)) return value;
  return fromEntries(Object.entries(value).map(([key, part]) => [key, releaseAll(op, part, depth + 1)]));
};

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
      throw rangeError(op, `missing argument: expected argument ${argnum}, got ${args.length} arguments`);
    return flattenArgument(op, argnum, args[argnum]);
  });
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const actual = [...args];
  const rebuilt = rebuild(flat, variables);
  argnums.forEach((argnum, i) => (actual[argnum] = rebuilt[i]));
  const result = recording(() => f(...actual));
  if (hasAux && !(Array.isArray(result) && result.length === 2)) {
    throw typeError(
      op,
      `invalid result of the function: expected [value, aux] with hasAux, got ${describe(result)}`,
    );
  }
  const [output, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
  const value = checkScalar(op, output);
  const gradients = rebuild(flat, cotangentsOf(variables, value, ones([])));
  return { value: release(value), aux: releaseAll(op, aux), gradients };
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
    argnums: checkArgnums(op, 'argnums', argnums),
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
  const { argnums, several, hasAux } = checkSettings('grad', f, options);
  return (...args) => {
    const { aux, gradients } = evaluate('grad', f, args, argnums, hasAux);
    const gradient = several ? gradients : gradients[0];
    return hasAux ? [gradient, aux] : gradient;
  };
}

const checkOutput = (op: string, value: unknown): Tensor => {
  checkNoPromise(op, 'the function', value);
  if (!isTensor(value)) throw wrongType(op, 'result of the function', 'a Tensor', value);
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
  const op = callerOr('vjp');
  checkFunction(op, 'f', f);
  const flat = primals.map((primal, i) => flattenArgument(op, i, primal));
  const variables = flat.flatMap(({ leaves }) => leaves.map(variable));
  const out = recording(() => f(...(rebuild(flat, variables) as A)));
  const value = checkOutput(op, out);
  const pullback = (ct: Tensor): A => {
    const cotangent = toTensor(op, ct, 'cotangent');
    if (!sameShape(cotangent.shape, value.shape)) {
      throw rangeError(
        op,
        `invalid cotangent: expected the result's shape ${formatShape(value.shape)}, got ${formatShape(cotangent.shape)}`,
      );
    }
    return rebuild(flat, cotangentsOf(variables, value, cotangent)) as A;
  };
  return [release(value), pullback];
}

/**
 * The value of f at `primals` and its derivative J·v along `tangents`, trees of the form of the primals. Mirrors jax.jvp. Computed by reverse
 * mode twice: vᵀJ is linear in v, and the pullback of that linear function is J.
 */
export function jvp<A extends unknown[]>(
  f: (...primals: A) => Tensor,
  primals: readonly [...A],
  tangents: readonly [...A],
): [Tensor, Tensor] {
  const op = 'jvp';
  checkFunction(op, 'f', f);
  const at = checkList(op, 'primals', primals, (primal) => primal) as A;
  const along = checkList(op, 'tangents', tangents, (tangent) => tangent) as A;
  return asOpCalling(op, f, (run) =>
    recording(() => {
      const [value, pullback] = vjp(run, ...at);
      const [, push] = vjp((ct: Tensor) => dotTrees(pullback(ct), along), zeros(value.shape));
      return [value, push(ones([]))[0]] as const;
    }),
  ).map(release) as [Tensor, Tensor];
}

/** Σ a·b over all leaves. */
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
