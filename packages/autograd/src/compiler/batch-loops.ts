/**
 * Extends the loops of one example with an outer axis, so that they compute all examples of a
 * batch.
 */
import { addPlace } from '../base/errors.ts';
import type { Batch, BitsLoop, DirectLoop, ElementLoop, Loop, MatmulLoop, View } from './loops.ts';

const batchElements = <L extends ElementLoop>(loop: L, { count, inputSteps, outStep }: Batch): L => {
  const move = <V extends View>(view: V, step: number): V => ({ ...view, strides: [step, ...view.strides] });
  return {
    ...loop,
    sizes: [count, ...loop.sizes],
    operands: loop.operands.map((operand) => move(operand, inputSteps[operand.input])),
    out: move(loop.out, outStep),
  };
};

/** Repeats `offsets` for each example, shifted by `step` elements per example. */
const batchOffsets = (offsets: readonly number[], count: number, step: number): number[] => {
  const all: number[] = [];
  for (let example = 0; example < count; example++)
    for (const offset of offsets) all.push(offset + example * step);
  return all;
};

const batchMatmul = (loop: MatmulLoop, { count, inputSteps }: Batch): MatmulLoop => ({
  ...loop,
  offsetsA: batchOffsets(loop.offsetsA, count, inputSteps[0]),
  offsetsB: batchOffsets(loop.offsetsB, count, inputSteps[1]),
});

const batchBits = (loop: BitsLoop, { count, inputSteps, outStep }: Batch): BitsLoop => ({
  ...loop,
  offsets: [outStep, ...inputSteps].map((step, i) => batchOffsets(loop.offsets?.[i] ?? [0], count, step)),
});

const batchDirect = (
  { compute, mayFail }: DirectLoop,
  { count, inputSteps, outStep }: Batch,
): DirectLoop => ({
  kind: 'direct',
  mayFail,
  compute: (out, ...inputs) => {
    const own = [...inputs];
    let example = 0;
    try {
      for (; example < count; example++) {
        for (let i = 0; i < own.length; i++) {
          const step = inputSteps[i];
          if (step > 0) own[i] = inputs[i].subarray(example * step, (example + 1) * step);
        }
        compute(out.subarray(example * outStep, (example + 1) * outStep), ...own);
      }
    } catch (error) {
      addPlace(error, `in example ${example}`);
      throw error;
    }
  },
});

/** Returns a loop over all examples. It computes each example in the same order as `loop` does. */
export const batchLoop = (loop: Loop, batch: Batch): Loop => {
  switch (loop.kind) {
    case 'map':
    case 'reduce':
      return batchElements(loop, batch);
    case 'matmul':
      return batchMatmul(loop, batch);
    case 'bits':
      return batchBits(loop, batch);
    case 'direct':
      return loop.forBatch?.(batch) ?? batchDirect(loop, batch);
  }
};
