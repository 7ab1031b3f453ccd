/** Scratch memory: valid during one op, or during one kernel of a program. */
import { MATMUL_SCRATCH } from '../kernels/matmul.ts';
import { lazy } from '../kernels/kernel.ts';
import { allocate } from './memory.ts';

/** Elements per slot: 256 KB, which stay in the processor's cache. */
export const SLOT_ELEMENTS: number = 2 ** 16;
export const SLOT_COUNT = 5;
/** The extra bytes keep neighbouring slots out of each other's cache sets. */
const SLOT_BYTES = 4 * SLOT_ELEMENTS + 192;

const slots = /* @__PURE__ */ lazy(() => allocate(SLOT_COUNT * SLOT_BYTES));

/** The address of slot `index`, which holds an operand or the result of an eager op. */
export const slot = (index: number): number => slots() + index * SLOT_BYTES;

/** The address of the packed panels of a matrix product. */
export const matmulScratch: () => number = /* @__PURE__ */ lazy(() => allocate(MATMUL_SCRATCH));
