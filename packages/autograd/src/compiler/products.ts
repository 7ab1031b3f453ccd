/** Matrix products, with transposes of their operands and maps of their results. */
import { identity } from '../kernels/algebra.ts';
import { type FusedKernel, type FusedLoop, type Merged, readsOf, wholeMap } from './expressions.ts';
import { type Node, baseOf } from './graph.ts';
import { type MapLoop, type MatmulLoop, collapse, viewStrides } from './loops.ts';

/**
 * Folds transposes of operands into a matrix product.
 *
 * The product reads its operands without a copy. It reads a transposed matrix as the original
 * matrix, with the opposite value of `transposeA` or `transposeB`.
 */
export const foldTransposes = (node: Node, loop: MatmulLoop, inlined: ReadonlySet<Node>): Merged => {
  const { rows, columns, depth, transposeA, transposeB } = loop;
  const isSingle = loop.offsetsA.length === 1;
  // The shapes of the operands in memory.
  const sizes = [
    transposeA ? [depth, rows] : [rows, depth],
    transposeB ? [columns, depth] : [depth, columns],
  ];
  const [a, b] = node.inputs.map((input, i) => {
    const base = baseOf(input);
    const source = isSingle && base.offset === 0 ? transposeSource(base.node, sizes[i]) : undefined;
    return source === undefined ? { ...base, isTransposed: false } : { ...source, isTransposed: true };
  });
  const blocked = [a.node, b.node].find((operand) => inlined.has(operand));
  if (blocked !== undefined) return { blocked };
  const folded: MatmulLoop = {
    ...loop,
    transposeA: transposeA !== a.isTransposed,
    transposeB: transposeB !== b.isTransposed,
    offsetsA: loop.offsetsA.map((offset) => offset + a.offset),
    offsetsB: loop.offsetsB.map((offset) => offset + b.offset),
  };
  return { loop: folded, nodes: [a.node, b.node] };
};

/**
 * Returns the source of a node that is a transposed copy of it; undefined for other nodes.
 *
 * The node, as a whole matrix, has the shape [rows, columns].
 */
const transposeSource = (
  node: Node,
  [rows, columns]: readonly number[],
): { readonly node: Node; readonly offset: number } | undefined => {
  const map = wholeMap(node);
  if (map === undefined || map.rule !== identity) return undefined;
  const [operand] = map.operands;
  const { sizes, strides } = collapse(map.sizes, [operand.strides]);
  const isTranspose =
    operand.offset === 0 && sizes.join() === `${rows},${columns}` && strides[0].join() === `1,${rows}`;
  return isTranspose ? baseOf(node.inputs[operand.input]) : undefined;
};

/** Joins each map to a matrix product if it is the first kernel that reads the product. */
export const attachProducts = (kernels: readonly FusedKernel[]): FusedKernel[] => {
  const joined: (FusedKernel | undefined)[] = [];
  /** The places in `joined` of products that no kernel has read yet. */
  const unread = new Map<Node, number>();
  for (const kernel of kernels) {
    const found = productFor(kernel, joined, unread);
    if (found !== undefined) joined[found.place] = undefined;
    const last = found?.kernel ?? kernel;
    for (const node of readsOf(last)) unread.delete(node);
    if (isProduct(last)) unread.set(last.node, joined.length);
    joined.push(last);
  }
  return joined.filter((kernel) => kernel !== undefined);
};

/** Whether a kernel is a single matrix product. */
const isProduct = ({ parts: [{ loop }], product }: FusedKernel): boolean =>
  loop.kind === 'matmul' && loop.offsetsA.length === 1 && product === undefined;

/** Returns a map joined to the first product that allows it, and the place of that product. */
const productFor = (
  kernel: FusedKernel,
  earlier: readonly (FusedKernel | undefined)[],
  unread: ReadonlyMap<Node, number>,
): { readonly kernel: FusedKernel; readonly place: number } | undefined => {
  const [part] = kernel.parts;
  if (kernel.parts.length !== 1 || part.loop.kind !== 'map' || wholeMap(kernel.node) === undefined)
    return undefined;
  const { loop, nodes } = part as FusedLoop<MapLoop>;
  const places = nodes.flatMap((node) => unread.get(node) ?? []).sort((a, b) => a - b);
  for (const place of places) {
    const { node, parts } = earlier[place] as FusedKernel;
    const product = parts[0] as FusedLoop<MatmulLoop>;
    const index = nodes.indexOf(node);
    if (index !== nodes.lastIndexOf(node)) continue;
    const matrix = asMatrix(loop, index, product.loop.rows, product.loop.columns);
    if (matrix === undefined) continue;
    return {
      kernel: { node: kernel.node, parts: [{ ...part, loop: matrix }], product: { node, part: product } },
      place,
    };
  }
  return undefined;
};

/** Returns `loop` as a loop over [rows, columns] if it reads operand number `index` in order. */
const asMatrix = (loop: MapLoop, index: number, rows: number, columns: number): MapLoop | undefined => {
  const views = [...loop.operands, loop.out].map(viewStrides);
  const collapsed = collapse(loop.sizes, views);
  let { strides } = collapsed;
  if (collapsed.sizes.length === 1 && collapsed.sizes[0] === rows * columns) {
    strides = strides.map(([stride]) => [stride * columns, stride]);
  } else if (collapsed.sizes.length !== 2 || collapsed.sizes[0] !== rows || collapsed.sizes[1] !== columns) {
    return undefined;
  }
  const [rowStride, columnStride] = strides[index];
  if (loop.operands[index].offset !== 0 || rowStride !== columns || columnStride !== 1) return undefined;
  return {
    ...loop,
    sizes: [rows, columns],
    operands: loop.operands.map((operand, i) => ({ ...operand, strides: strides[i] })),
    out: { offset: 0, strides: strides[loop.operands.length] },
  };
};
