/** Reverse mode: walks the record of a computation backwards and accumulates cotangents. */
import { add } from '../ops/arithmetic.ts';
import { sum } from '../ops/reduce.ts';
import { withShape } from '../ops/structure.ts';
import { sameShape, type Shape } from '../base/shape.ts';
import type { Origin, Tensor } from '../core/tensor.ts';
import { debugging } from '../core/hooks.ts';

type Recorded = Tensor & { readonly origin: Origin };

const inGradientOf = <T>(origin: Origin, rule: () => T): T =>
  debugging.nans === undefined ? rule() : debugging.nans.inGradientOf(origin, rule);

/** Sums a cotangent over the axes along which its input of `shape` was broadcast. */
const unbroadcast = (ct: Tensor, shape: Shape): Tensor => {
  if (sameShape(ct.shape, shape)) return ct;
  const added = ct.ndim - shape.length;
  const axis = ct.shape.flatMap((size, a) => (a < added || shape[a - added] !== size ? [a] : []));
  return withShape(sum(ct, { axis }), shape);
};

/** The tensors between `variables` and `out`, in the order in which they were computed. */
const between = (out: Tensor, variables: readonly Recorded[]): Recorded[] => {
  const oldest = variables.reduce((id, { origin }) => Math.min(id, origin.id), Infinity);
  const isRecent = (tensor: Tensor): tensor is Recorded =>
    tensor.origin !== undefined && tensor.origin.id >= oldest;
  const found = new Set<Recorded>();
  const open: Tensor[] = [out];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    // What is older than the variables cannot depend on them.
    if (!isRecent(tensor) || found.has(tensor)) continue;
    found.add(tensor);
    for (const input of tensor.origin.inputs) open.push(input);
  }
  const dependent = new Set<Tensor>(variables);
  return [...found]
    .sort((a, b) => a.origin.id - b.origin.id)
    .filter((tensor) => {
      const depends = dependent.has(tensor) || tensor.origin.inputs.some((input) => dependent.has(input));
      if (depends) dependent.add(tensor);
      return depends;
    });
};

/**
 * The cotangents of `variables`, given that of `out`; undefined for a variable that `out` does not depend on. The sums are
 * formed in an order that depends on the computation only.
 */
export const backward = (
  out: Tensor,
  ct: Tensor,
  variables: readonly Tensor[],
): readonly (Tensor | undefined)[] => {
  const cotangents = new Map<Tensor, Tensor>([[out, ct]]);
  const path = variables.length === 0 ? [] : between(out, variables as readonly Recorded[]);
  const onPath = new Set<Tensor>(path);
  const targets = new Set<Tensor>(variables);
  for (const tensor of path.reverse()) {
    const own = cotangents.get(tensor);
    if (own === undefined || targets.has(tensor)) continue;
    const { origin } = tensor;
    const { primitive, inputs, attrs } = origin;
    // Without a primitive it is the variable of a derivative inside of this one: the same value as its input.
    const pullbacks =
      primitive === undefined
        ? [() => own]
        : inGradientOf(origin, () => primitive.vjp?.(own, inputs, tensor, attrs));
    inputs.forEach((input, i) => {
      const pull = pullbacks?.[i];
      if (pull === undefined || !onPath.has(input)) return;
      const part = inGradientOf(origin, () => unbroadcast(pull(), input.shape));
      const sofar = cotangents.get(input);
      cotangents.set(input, sofar === undefined ? part : add(sofar, part));
    });
    // Nothing needs it any more, and it may be large.
    cotangents.delete(tensor);
  }
  return variables.map((v) => cotangents.get(v));
};
