/**
 * Converts loops, with the addresses of their operands, to kernel calls.
 *
 * Ops that run eagerly and compiled functions make the same calls.
 */
import { sizeOf } from '../base/shape.ts';
import { type Access, accessOf } from '../kernels/access.ts';
import { type ScalarRule, identity } from '../kernels/algebra.ts';
import { elementKernel } from '../kernels/element-kernel.ts';
import type { KernelSpec } from '../kernels/element-parts.ts';
import type { Kernel } from '../kernels/kernel.ts';
import type { Reduction } from '../kernels/reductions.ts';
import { type Emit, type OnBlock, matmulCalls } from '../kernels/matmul.ts';
import {
  type BitsLoop,
  type ElementLoop,
  type KernelLoop,
  type MatmulLoop,
  type Traversal,
  traverse,
} from './loops.ts';

/** How many vectors of columns a reduction computes side by side: usually, and of crowded rows. */
const WIDTH = 4;
const NARROW_WIDTH = 2;

/** What a kernel depends on besides its rule and its accesses. */
type Arrangement = Omit<KernelSpec, 'rule' | 'accesses' | 'carries'>;

/** The arrangement of a map over one axis. */
const FLAT_MAP: Arrangement = {
  reduction: undefined,
  form: 'columns',
  keptLevels: 0,
  reducedLevels: 0,
  width: WIDTH,
  isRunning: false,
};

const kernels = new WeakMap<ScalarRule, Map<string, Kernel>>();

/**
 * Returns the kernel of a rule, by default of a map over one axis.
 *
 * `pattern` is the access of out and of each operand. Kernels are cached as long as their rule is
 * alive.
 */
export const kernelFor = (rule: ScalarRule, pattern: string, arrangement: Arrangement = FLAT_MAP): Kernel => {
  let byKey = kernels.get(rule);
  if (byKey === undefined) kernels.set(rule, (byKey = new Map()));
  const { reduction, form, keptLevels, reducedLevels, width, isRunning } = arrangement;
  const map = keptLevels === 0 ? pattern : pattern + keptLevels;
  const key =
    reduction === undefined ? map : `${map} ${reduction.name} ${form} ${reducedLevels} ${width} ${isRunning}`;
  let kernel = byKey.get(key);
  if (kernel === undefined) {
    kernel = elementKernel({ ...arrangement, rule, accesses: [...pattern] as Access[] });
    byKey.set(key, kernel);
  }
  return kernel;
};

const carrying = new Map<Reduction, Kernel>();

/**
 * Returns the kernel that reduces adjacent elements, part by part. Its arguments are the addresses
 * of the result, of the elements and of the accumulators, and the number of elements.
 */
export const carryingKernel = (reduction: Reduction): Kernel => {
  let kernel = carrying.get(reduction);
  if (kernel === undefined) {
    const spec = { rule: identity, reduction, form: 'rows', accesses: ['s', 'v'], carries: true } as const;
    carrying.set(reduction, (kernel = elementKernel({ ...FLAT_MAP, ...spec })));
  }
  return kernel;
};

/**
 * The number of innermost elements of a block. It is small, so that elements at equal distances do
 * not evict the cache lines of each other.
 */
const BLOCK = 16;
/** An operand that takes larger steps than this has each element in another cache line. */
const LONG_STRIDE = 16;
/** Fewer elements fit into the cache anyway. */
const LARGE_LOOP = 2 ** 14;

/**
 * Returns how many blocks a map is computed in along its innermost axis.
 *
 * There are blocks if an operand has each of its elements in another cache line, and its neighbours
 * in those lines belong to another axis, as in a transpose. The lines are then still in the cache
 * when the neighbours are needed.
 */
const blocksOf = ({ sizes, views, kept }: Traversal): number => {
  const inner = sizes.length - 1;
  const isNear = (stride: number): boolean => stride !== 0 && Math.abs(stride) < LONG_STRIDE;
  const isScattered = views.some((view) => view[inner] !== 0 && !isNear(view[inner]) && view.some(isNear));
  return kept > inner && isScattered && sizeOf(sizes) >= LARGE_LOOP ? Math.floor(sizes[inner] / BLOCK) : 0;
};

/** Returns the parts of a traversal, and where each begins along the innermost axis. */
const partsOf = (whole: Traversal): (readonly [start: number, part: Traversal])[] => {
  const { sizes, views, kept } = whole;
  const blocks = blocksOf(whole);
  if (blocks === 0) return [[0, whole]];
  const outer = sizes.slice(0, -1);
  const start = blocks * BLOCK;
  const rest = sizes[outer.length] - start;
  const blocked = views.map((view) => [BLOCK * view[outer.length], ...view]);
  const first = { ...whole, sizes: [blocks, ...outer, BLOCK], views: blocked, kept: kept + 1 };
  return rest === 0
    ? [[0, first]]
    : [
        [0, first],
        [start, { ...whole, sizes: [...outer, rest] }],
      ];
};

/** Rows at a distance of a multiple of this many elements lie in few sets of the caches. */
const CROWDED_STEP = 256;
/** Fewer rows have a place in the caches anyway. */
const MANY_ROWS = 1024;

/**
 * Returns how many vectors of columns a reduction computes side by side.
 *
 * Crowded rows come from memory one by one. If each is less work, the processor waits for more of
 * them at the same time. The bits are the same.
 */
const widthOf = ({ sizes, views, kept, isColumns }: Traversal): number => {
  if (!isColumns) return WIDTH;
  const isCrowded = sizes.some(
    (size, axis) =>
      axis >= kept &&
      size >= MANY_ROWS &&
      views.some((view) => view[axis] !== 0 && view[axis] % CROWDED_STEP === 0),
  );
  return isCrowded ? NARROW_WIDTH : WIDTH;
};

/** A part of a traversal, and where it starts in each view. */
export interface TraversalPart {
  readonly traversal: Traversal;
  readonly starts: readonly number[];
}

type Interval = readonly [start: number, end: number];

/** Chooses a part of a loop, for one of several threads. */
export interface Cut {
  /** Returns a part of the traversal; undefined if nothing is left for it. */
  traversal(whole: Traversal): TraversalPart | undefined;
  /** Returns the rows and the columns of this part of a product's result. */
  cell(loop: MatmulLoop): { readonly rows: Interval; readonly columns: Interval };
  /** Returns which of `count` pieces that are computed as a whole. */
  pieces(count: number): Interval;
}

const WHOLE: Cut = {
  traversal: (traversal) => ({ traversal, starts: traversal.views.map(() => 0) }),
  cell: ({ rows, columns }) => ({ rows: [0, rows], columns: [0, columns] }),
  pieces: (count) => [0, count],
};

/** Emits the calls of a map or a reduction, after merging its axes into as few as possible. */
const emitElements = (
  loop: ElementLoop,
  inputs: readonly number[],
  result: number,
  emit: Emit,
  cut: Cut,
): void => {
  if (sizeOf(loop.sizes) === 0) return;
  const { rule, operands, out } = loop;
  const addresses = [
    result + 4 * out.offset,
    ...operands.map(({ input, offset }) => inputs[input] + 4 * offset),
  ];
  const reduction = loop.kind === 'reduce' ? loop.reduction : undefined;
  const isRunning = loop.kind === 'reduce' && loop.isRunning === true;
  for (const [start, whole] of partsOf(traverse(loop))) {
    const part = cut.traversal(whole);
    if (part === undefined) continue;
    const { sizes, views, kept, isColumns } = part.traversal;
    const inner = isColumns ? kept - 1 : sizes.length - 1;
    const innerStrides = views.map((view) => view[inner] ?? 1);
    const pattern = innerStrides.map(accessOf).join('');
    const args = addresses.map((address, i) => address + 4 * (start * innerStrides[i] + part.starts[i]));
    args.push(sizes[inner] ?? 1);
    for (const stride of innerStrides) if (accessOf(stride) === 'g') args.push(4 * stride);
    sizes.forEach((size, axis) => {
      if (axis === inner) return;
      args.push(size);
      for (const view of axis < kept || isRunning ? views : views.slice(1)) args.push(4 * view[axis]);
    });
    const kernel = kernelFor(rule, pattern, {
      reduction,
      form: isColumns ? 'columns' : 'rows',
      keptLevels: isColumns ? Math.max(0, kept - 1) : kept,
      reducedLevels: sizes.length - kept - (isColumns ? 0 : 1),
      width: widthOf(part.traversal),
      isRunning,
    });
    emit(kernel, args);
  }
};

/** Which part of a product, or how many products, are computed. */
interface ProductPart {
  /** Receives each complete block of the result. */
  readonly onBlock?: OnBlock;
  readonly cut?: Cut | undefined;
  /** How many products the calls compute: more than one only if `isRowBatch`. */
  readonly count?: number;
}

/**
 * Emits the kernel calls of product number `index` of a batch, or of a part of it.
 */
export const emitProduct = (
  loop: MatmulLoop,
  index: number,
  [a, b]: readonly number[],
  out: number,
  scratch: number,
  emit: Emit,
  { onBlock, cut = WHOLE, count = 1 }: ProductPart = {},
): void => {
  const { rows, columns, depth, transposeA, transposeB, offsetsA, offsetsB } = loop;
  const {
    rows: [top, bottom],
    columns: [left, right],
  } = cut.cell(loop);
  if (top === bottom || left === right) return;
  matmulCalls(
    {
      address: a + 4 * (offsetsA[index] + top * (transposeA ? 1 : depth)),
      stride: 4 * (transposeA ? rows : depth),
      lengthwise: !transposeA,
    },
    {
      address: b + 4 * (offsetsB[index] + left * (transposeB ? depth : 1)),
      stride: 4 * (transposeB ? depth : columns),
      lengthwise: transposeB,
    },
    { address: out + 4 * ((index * rows + top) * columns + left), stride: 4 * columns },
    [bottom - top, right - left, depth],
    scratch,
    emit,
    onBlock && ((row, column, ...sizes) => onBlock(top + row, left + column, ...sizes)),
    { count, stepA: stepOf(offsetsA), stepB: stepOf(offsetsB) },
  );
};

/** Returns the bytes from the first matrix of a batch to the second. */
const stepOf = ([first, second = first]: readonly number[]): number => 4 * (second - first);

/** Whether all matrices of a batch lie at equal distances, so that a loop can step over them. */
export const isStridedBatch = ({ offsetsA, offsetsB }: MatmulLoop): boolean =>
  offsetsA.length > 2 &&
  [offsetsA, offsetsB].every((offsets) =>
    offsets.every((offset, i) => offset === offsets[0] + i * (offsets[1] - offsets[0])),
  );

/** Whether the kernel computes all products of a batch at equal distances in one call. */
export const isRowBatch = (loop: MatmulLoop): boolean =>
  (loop.rows === 1 || loop.columns === 1) && isStridedBatch(loop);

/** Parts of random bits begin at multiples of this many results, which fill whole cache lines. */
const BITS_PART = 16;

/** Emits the calls of a kernel on bits. A part has some of the calls, or a part of a single one. */
const emitBits = (
  { kernel, parameters, count, steps, offsets }: BitsLoop,
  addresses: readonly number[],
  emit: Emit,
  cut: Cut,
): void => {
  const calls = offsets?.[0].length ?? 1;
  const emitCall = (call: number, start: number, end: number): void => {
    if (start >= end) return;
    const moved = addresses.map((address, operand) => address + 4 * (offsets?.[operand][call] ?? 0));
    const args = [...moved, ...parameters].map((arg, i) => arg + start * steps[i]);
    emit(kernel(), [...args, end - start]);
  };
  if (calls === 1) {
    const pieces = cut.pieces(Math.ceil(count / BITS_PART));
    const [start, end] = pieces.map((piece) => Math.min(count, BITS_PART * piece));
    emitCall(0, start, end);
    return;
  }
  const [first, last] = cut.pieces(calls);
  for (let i = first; i < last; i++) emitCall(i, 0, count);
};

/**
 * Emits the kernel calls of a loop, or of a part of it.
 *
 * `inputs`, `out` and `scratch` are the addresses of its inputs, its result and scratch memory.
 */
export const emitLoop = (
  loop: KernelLoop,
  inputs: readonly number[],
  out: number,
  scratch: number,
  emit: Emit,
  cut: Cut = WHOLE,
): void => {
  switch (loop.kind) {
    case 'map':
    case 'reduce':
      return emitElements(loop, inputs, out, emit, cut);
    case 'matmul': {
      const count = loop.offsetsA.length;
      if (count === 1) return emitProduct(loop, 0, inputs, out, scratch, emit, { cut });
      const [start, end] = cut.pieces(count);
      if (start < end && isRowBatch(loop))
        return emitProduct(loop, start, inputs, out, scratch, emit, { count: end - start });
      for (let i = start; i < end; i++) emitProduct(loop, i, inputs, out, scratch, emit);
      return;
    }
    case 'bits':
      return emitBits(loop, [out, ...inputs], emit, cut);
  }
};
