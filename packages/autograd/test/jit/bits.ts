/** The bits of tensors, to compare results exactly. */
import { type Tensor, tree } from '../../src/index.ts';

/** The bits of all leaves, so that -0 and NaN count. */
export const bits = (value: unknown): string[] => {
  const parts = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => (Array.isArray(part) ? bits(part) : tree.leaves(part).map(bitsOf)));
};
/** All NaNs count as one: their bits are not defined. */
export const bitsOf = (x: Tensor): string =>
  `${x.shape.join()}: ${Array.from(x.data, (v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`;
