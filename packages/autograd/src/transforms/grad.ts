/** Derivatives of functions of trees: gradients and vector-Jacobian products. */
import { add, mul } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/creation.ts';
import { sum } from '../ops/reduce.ts';
import { isRecording, recording, stopGradient, toTensor, variable } from '../primitive.ts';
import { checkInteger, describe, formatShape, sameShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import * as tree from '../tree.ts';
import { backward } from './backward.ts';

/** Any function of trees. */
// oxlint-disable-next-line typescript/no-explicit-any -- the parameters of a function are contravariant: only any fits all.
type AnyFunction = (...args: any[]) => unknown;

/** Which argument to differentiate with respect to (default 0), or several. */
export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  readonly argnums?: N;
  readonly hasAux?: boolean;
}

type ArgumentsAt<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: A[N[K] & number] }
  : N extends number
    ? A[N]
    : never;

/** A function whose differentiated arguments are trees of tensors. */
type Differentiable<F extends AnyFunction, N> =
  ArgumentsAt<Parameters<F>, N> extends tree.TensorTree<ArgumentsAt<Parameters<F>, N>> ? F : never;

type Scalar = Tensor;

const checkFunction = (op: string, f: unknown): void => {
  if (typeof f !== 'function') throw new TypeError(`${op}: needs a function: ${describe(f)}`);
};

/** The result as a scalar tensor, or an error that says what it is instead. */
const checkScalar = (op: string, value: unknown): Tensor => {
  if (value instanceof Promise)
    throw new TypeError(`${op}: the function must not be async: it returned a Promise`);
  if (Array.isArray(value) && value.length === 2 && value[0] instanceof Tensor) {
    throw new TypeError(`${op}: the function returned an array: use the option hasAux for [value, aux]`);
  }
  if (!(value instanceof Tensor))
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
const releaseAll = (value: unknown): unknown => {
  if (value instanceof Tensor) return release(value);
  if (Array.isArray(value)) return value.map(releaseAll);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, releaseAll(part)]));
  }
  return value;
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
    return tree.flattenArgument(op, argnum, args[argnum]);
  });
  const variables = flat.map(([leaves]) => leaves.map(variable));
  const actual = [...args];
  argnums.forEach((argnum, i) => (actual[argnum] = tree.unflatten(flat[i][1], variables[i])));
  const result = recording(() => f(...actual));
  if (hasAux && !(Array.isArray(result) && result.length === 2)) {
    throw new TypeError(`${op}: with hasAux the function must return [value, aux]: ${describe(result)}`);
  }
  const [output, aux] = hasAux ? (result as [unknown, unknown]) : [result, undefined];
  const value = checkScalar(op, output);
  const all = variables.flat();
  const cotangents = backward(value, ones([]), all);
  const leaves = all.map((v, i) => release(cotangents[i] ?? zeros(v.shape)));
  let next = 0;
  const gradients = flat.map(([own, form]) => tree.unflatten(form, leaves.slice(next, (next += own.length))));
  return { value: release(value), aux: releaseAll(aux), gradients };
};

const checkArgnums = (op: string, argnums: unknown): readonly number[] => {
  const list: readonly unknown[] = Array.isArray(argnums) ? argnums : [argnums];
  return list.map((argnum) => checkInteger(op, 'argnums', argnum, 0, 2 ** 16));
};

/**
 * A function that gives both the value of f and its gradient with respect to one argument, a tree of the same form (or several
 * arguments, as a tuple of such trees). f must return a scalar tensor.
 *
 * With `hasAux`, f returns [value, aux] and the result is [[value, aux], gradient]. Mirrors jax.value_and_grad. Throws a TypeError for leaves that are
 * no tensors, and for a result that is none; a RangeError for one that is no scalar.
 *
 * @example const [loss, gradient] = valueAndGrad(cost)(params, images, labels)
 */
export function valueAndGrad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => Scalar, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => [Tensor, ArgumentsAt<A, N>];
export function valueAndGrad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => readonly [Scalar, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [[Tensor, X], ArgumentsAt<A, N>];
export function valueAndGrad(f: AnyFunction, { argnums = 0, hasAux = false }: GradOptions = {}): AnyFunction {
  checkFunction('valueAndGrad', f);
  const checked = checkArgnums('valueAndGrad', argnums);
  return (...args) => {
    const { value, aux, gradients } = evaluate('valueAndGrad', f, args, checked, hasAux);
    const gradient = Array.isArray(argnums) ? gradients : gradients[0];
    return [hasAux ? [value, aux] : value, gradient];
  };
}

/**
 * A function that gives the gradient of f, a tree of the form of the argument: see `valueAndGrad`. With `hasAux` it gives [gradient, aux]. Mirrors
 * jax.grad.
 *
 * @example grad((x: Tensor) => x.mul(x))(tensor(3)) // 6
 */
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => Scalar, N>,
  options?: { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => ArgumentsAt<A, N>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: Differentiable<(...args: A) => readonly [Scalar, X], N>,
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [ArgumentsAt<A, N>, X];
export function grad(f: AnyFunction, { argnums = 0, hasAux = false }: GradOptions = {}): AnyFunction {
  checkFunction('grad', f);
  const checked = checkArgnums('grad', argnums);
  return (...args) => {
    const { aux, gradients } = evaluate('grad', f, args, checked, hasAux);
    const gradient = Array.isArray(argnums) ? gradients : gradients[0];
    return hasAux ? [gradient, aux] : gradient;
  };
}

const checkOutput = (op: string, value: unknown): Tensor => {
  if (!(value instanceof Tensor))
    throw new TypeError(`${op}: the function must return a Tensor: ${describe(value)}`);
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
  checkFunction('vjp', f);
  const flat = primals.map((primal, i) => tree.flattenArgument('vjp', i, primal));
  const variables = flat.map(([leaves]) => leaves.map(variable));
  const out = recording(() => f(...(flat.map(([, form], i) => tree.unflatten(form, variables[i])) as A)));
  const value = checkOutput('vjp', out);
  const pullback = (ct: Tensor): A => {
    const cotangent = toTensor('vjp', ct, 'cotangent');
    if (!sameShape(cotangent.shape, value.shape)) {
      throw new RangeError(
        `vjp: cotangent of shape ${formatShape(cotangent.shape)} for a result of shape ${formatShape(value.shape)}`,
      );
    }
    const all = variables.flat();
    const cotangents = backward(value, cotangent, all);
    const leaves = all.map((v, i) => release(cotangents[i] ?? zeros(v.shape)));
    let next = 0;
    return flat.map(([own, form]) => tree.unflatten(form, leaves.slice(next, (next += own.length)))) as A;
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
  checkFunction('jvp', f);
  return recording(() => {
    const [value, pullback] = vjp(f, ...(primals as A));
    const [, push] = vjp(
      (ct: Tensor) => dotTrees(pullback(ct), tangents as unknown as A),
      zeros(value.shape),
    );
    return [value, push(ones([]))[0]] as [Tensor, Tensor];
  }).map(release) as [Tensor, Tensor];
}

/** Σ a·b over all leaves. */
const dotTrees = <T>(a: T, b: T): Tensor => {
  let total: Tensor | undefined;
  tree.map(
    (x, y) => {
      if (!sameShape(x.shape, y.shape)) {
        throw new RangeError(
          `jvp: a tangent of shape ${formatShape(y.shape)} for a primal of shape ${formatShape(x.shape)}`,
        );
      }
      const part = sum(mul(x, y));
      total = total === undefined ? part : add(total, part);
      return x;
    },
    a,
    b as NoInfer<T>,
  );
  return total ?? zeros([]);
};
