/** Reverse mode: walks the records of a computation backwards and accumulates cotangents. */
import { type Shape, sameShape } from '../base/shape.ts';
import { inGradientOf } from '../core/hooks.ts';
import type { OpRecord, Tensor } from '../core/tensor.ts';
import { add } from '../ops/arithmetic.ts';
import { sum } from '../ops/reduce.ts';
import { withShape } from '../ops/structure.ts';

/** Sums a cotangent over the axes along which its input of `shape` was broadcast. */
const unbroadcast = (ct: Tensor, shape: Shape): Tensor => {
  if (sameShape(ct.shape, shape)) return ct;
  const added = ct.ndim - shape.length;
  const axis = ct.shape.flatMap((size, a) => (a < added || shape[a - added] !== size ? [a] : []));
  return withShape(sum(ct, { axis }), shape);
};

/** The records between `variables` and `out`, in the order of computation. */
const recordsBetween = (out: Tensor, variables: readonly OpRecord[]): OpRecord[] => {
  const oldest = variables.reduce((least, { id }) => Math.min(least, id), Infinity);
  const found = new Set<OpRecord>();
  const open: (OpRecord | undefined)[] = [out.record];
  while (open.length > 0) {
    const record = open.pop();
    // What is older than the variables cannot depend on them.
    if (record === undefined || record.id < oldest || found.has(record)) continue;
    found.add(record);
    for (const input of record.inputs) open.push(input.record);
  }
  const dependent = new Set(variables);
  return [...found]
    .sort((a, b) => a.id - b.id)
    .filter((record) => {
      const depends = dependent.has(record) || record.inputs.some((input) => isIn(dependent, input));
      if (depends) dependent.add(record);
      return depends;
    });
};

const isIn = (records: ReadonlySet<OpRecord>, { record }: Tensor): boolean =>
  record !== undefined && records.has(record);

/**
 * The cotangents of `variables`, given that of `out`; undefined for a variable that `out` does not
 * depend on. The order of the sums depends on the computation only.
 */
export const backward = (
  out: Tensor,
  ct: Tensor,
  variables: readonly Tensor[],
): readonly (Tensor | undefined)[] => {
  const cotangents = new Map<Tensor, Tensor>([[out, ct]]);
  const ends = variables.map(({ record }) => record as OpRecord);
  const path = recordsBetween(out, ends);
  const onPath = new Set(path);
  const targets = new Set(ends);
  for (const record of path.reverse()) {
    if (targets.has(record)) continue;
    const { inputs, outs } = record;
    const cts: (Tensor | undefined)[] = [];
    let isReached = false;
    for (const result of outs) {
      const own = cotangents.get(result);
      // It is complete and not needed any more, and can be large.
      if (own !== undefined) isReached = cotangents.delete(result);
      cts.push(own);
    }
    if (!isReached) continue;
    const pullbacks = inGradientOf(record, () => record.pull(cts));
    inputs.forEach((input, i) => {
      const pull = pullbacks[i];
      if (pull === undefined || !isIn(onPath, input)) return;
      const part = inGradientOf(record, () => unbroadcast(pull(), input.shape));
      const sofar = cotangents.get(input);
      cotangents.set(input, sofar === undefined ? part : add(sofar, part));
    });
  }
  return variables.map((v) => cotangents.get(v));
};
