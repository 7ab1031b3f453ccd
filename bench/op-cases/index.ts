/** The single ops that `pnpm bench:ops` times: every public op, in typical sizes and layouts. */
import type { OpFamily } from '../types.ts';
import type { OpCase } from './case.ts';
import { maps } from './maps.ts';
import { moves } from './moves.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';
import { samplers } from './samplers.ts';
import { unlisted } from './unlisted.ts';
import { windows } from './windows.ts';

export type { OpCase } from './case.ts';

const FAMILIES: Readonly<Record<OpFamily, () => OpCase[]>> = {
  maps,
  reductions,
  moves,
  products,
  windows,
  samplers,
};

export const opFamilies: readonly OpFamily[] = Object.keys(FAMILIES) as OpFamily[];

/** Returns the ops of a family. Ops that no family lists count as maps. */
export const opCases = (family: OpFamily): OpCase[] => [
  ...FAMILIES[family](),
  ...(family === 'maps' ? unlisted(Object.values(FAMILIES).flatMap((list) => list())) : []),
];
