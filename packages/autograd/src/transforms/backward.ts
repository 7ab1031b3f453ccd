/**
 * Reverse mode: visits the records of a computation from the last to the first, and accumulates
 * cotangents.
 */
import { type Shape, sameShape } from '../base/shape.ts';
import { inGradientOf } from '../core/hooks.ts';
import type { OpRecord, Tensor } from '../core/tensor.ts';
import { add } from '../ops/arithmetic.ts';
import { sum } from '../ops/reduce.ts';
import { withShape } from '../ops/structure.ts';

/** Sums a cotangent over the axes along which its input, of the given shape, was broadcast. */
export const unbroadcast = (ct: Tensor, shape: Shape): Tensor => {
  if (sameShape(ct.shape, shape)) return ct;
  const added = ct.ndim - shape.length;
  const axis = ct.shape.flatMap((size, a) => (a < added || shape[a - added] !== size ? [a] : []));
  return withShape(sum(ct, { axis }), shape);
};

/** Returns the records on the paths from `variables` to `outs`, in the order of computation. */
const recordsBetween = (outs: readonly Tensor[], variables: readonly OpRecord[]): OpRecord[] => {
  const oldest = variables.reduce((least, { id }) => Math.min(least, id), Infinity);
  const found = new Set<OpRecord>();
  const pending = outs.map(({ record }) => record);
  while (pending.length > 0) {
    const record = pending.pop();
    // A record older than all variables cannot depend on them.
    if (record === undefined || record.id < oldest || found.has(record)) continue;
    found.add(record);
    for (const input of record.inputs) pending.push(input.record);
  }
  const dependent = new Set(variables);
  const path: OpRecord[] = [];
  for (const record of [...found].sort((a, b) => a.id - b.id)) {
    if (!dependent.has(record) && !record.inputs.some((input) => isRecordedIn(dependent, input))) continue;
    dependent.add(record);
    path.push(record);
  }
  return path;
};

/** Whether the record of a tensor is among `records`. */
const isRecordedIn = (records: ReadonlySet<OpRecord>, { record }: Tensor): boolean =>
  record !== undefined && records.has(record);

/**
 * Returns the cotangents of `variables`, from the cotangents `cts` of `outs`.
 *
 * The cotangent is undefined for a variable that no result depends on. `onRefusal` is passed on to
 * the pullbacks. The order in which parts
 * are added depends only on the computation, so that results are reproducible.
 */
export const backward = (
  outs: readonly Tensor[],
  cts: readonly Tensor[],
  variables: readonly Tensor[],
  onRefusal: (() => void) | undefined,
): readonly (Tensor | undefined)[] => {
  const cotangents = new Map<Tensor, Tensor>();
  const accumulate = (x: Tensor, part: Tensor): void => {
    const before = cotangents.get(x);
    cotangents.set(x, before === undefined ? part : add(before, part));
  };
  outs.forEach((out, i) => accumulate(out, cts[i]));
  const variableRecords = variables.map(({ record }) => record as OpRecord);
  const path = recordsBetween(outs, variableRecords);
  const onPath = new Set(path);
  const targets = new Set(variableRecords);
  for (const record of path.reverse()) {
    if (targets.has(record)) continue;
    const resultCts: (Tensor | undefined)[] = [];
    let isReached = false;
    for (const result of record.outs) {
      const resultCt = cotangents.get(result);
      // This cotangent is complete and not used again. It can be large, so drop it now.
      if (resultCt !== undefined) isReached = cotangents.delete(result);
      resultCts.push(resultCt);
    }
    if (!isReached) continue;
    const { inputs } = record;
    const isNeeded = inputs.map((input) => isRecordedIn(onPath, input));
    const pullbacks = inGradientOf(record, () => record.pull(resultCts, isNeeded, onRefusal));
    inputs.forEach((input, i) => {
      const pull = pullbacks[i];
      if (pull === undefined || !isNeeded[i]) return;
      accumulate(
        input,
        inGradientOf(record, () => unbroadcast(pull(), input.shape)),
      );
    });
  }
  return variables.map((v) => cotangents.get(v));
};
