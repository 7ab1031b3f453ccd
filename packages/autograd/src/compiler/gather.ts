/** Gathering moves elements without computing on them, so it works on the arrays themselves, wherever they live. */
import type { GatherLoop } from './loops.ts';

type Values = Float32Array | Float64Array;

/** Throws a RangeError for an index that is no whole number in [-axisSize, axisSize), or [0, axisSize) if they do not count from the end. */
export const gather = (loop: GatherLoop, name: string, out: Values, x: Values, indices: Values): void => {
  const { outer, axisSize, inner, count, indexPerElement, fromEnd } = loop;
  const lowest = fromEnd ? -axisSize : 0;
  const place = (position: number): number => {
    const index = indices[position];
    if (!Number.isInteger(index) || index < lowest || index >= axisSize) {
      throw new RangeError(
        `${name}: index out of range: ${index} at position ${position}, for an axis of size ${axisSize}`,
      );
    }
    return index < 0 ? index + axisSize : index;
  };
  if (indexPerElement) {
    for (let o = 0; o < outer; o++) {
      for (let target = o * count * inner; target < (o + 1) * count * inner; target++) {
        out[target] = x[(o * axisSize + place(target)) * inner + (target % inner)];
      }
    }
    return;
  }
  for (let j = 0; j < count; j++) {
    const index = place(j);
    for (let o = 0; o < outer; o++) {
      const source = (o * axisSize + index) * inner;
      const target = (o * count + j) * inner;
      if (inner < 16) for (let i = 0; i < inner; i++) out[target + i] = x[source + i];
      else out.set(x.subarray(source, source + inner), target);
    }
  }
};
