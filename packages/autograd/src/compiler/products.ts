/** Matrix products and what goes along with them: transposes of their operands, and maps of their results. */
import { identity } from '../kernels/algebra.ts';
import { type FusedKernel, type FusedLoop, type Merged, readsOf, wholeMap } from './expressions.ts';
import { type Node, baseOf } from './graph.ts';
import { type MapLoop, type MatmulLoop, collapse, viewStrides } from './loops.ts';

/** A matrix product that reads its operands where they lie; instead of the transpose of a matrix, that matrix the other way round. */
export const foldTransposes = (node: Node, loop: MatmulLoop, inlined: ReadonlySet<Node>): Merged => {
  const { rows, columns, depth, transposeA, transposeB } = loop;
  const isSingle = loop.offsetsA.length === 1;
  // How the operands lie in memory.
  const sizes = [
    transposeA ? [depth, rows] : [rows, depth],
    transposeB ? [columns, depth] : [depth, columns],
  ];
  const [a, b] = node.inputs.map((input, i) => {
    const seen = baseOf(input);
    const source = isSingle && seen.offset === 0 ? transposedBy(seen.node, sizes[i]) : undefined;
    return source === undefined ? { ...seen, flip: false } : { ...source, flip: true };
  });
  const blocked = [a.node, b.node].find((operand) => inlined.has(operand));
  if (blocked !== undefined) return { blocked };
  const folded: MatmulLoop = {
    ...loop,
    transposeA: transposeA !== a.flip,
    transposeB: transposeB !== b.flip,
    offsetsA: loop.offsetsA.map((offset) => offset + a.offset),
    offsetsB: loop.offsetsB.map((offset) => offset + b.offset),
  };
  return { loop: folded, nodes: [a.node, b.node] };
};

/** What a node, seen as a whole matrix [rows, columns], is the transpose of, if it is one. */
const transposedBy = (
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

/** Joins a map to a matrix product that it is the first to read. */
export const attachProduct = (done: FusedKernel[], kernel: FusedKernel): FusedKernel[] => {
  const [part] = kernel.parts;
  if (kernel.parts.length === 1 && part.loop.kind === 'map' && wholeMap(kernel.node) !== undefined) {
    const { loop, nodes } = part as FusedLoop<MapLoop>;
    for (const candidate of done) {
      const [product] = candidate.parts;
      const matmul = product.loop;
      const place = nodes.indexOf(candidate.node);
      if (
        matmul.kind !== 'matmul' ||
        matmul.offsetsA.length > 1 ||
        candidate.product !== undefined ||
        place < 0 ||
        place !== nodes.lastIndexOf(candidate.node) ||
        done.some((other) => readsOf(other).includes(candidate.node))
      )
        continue;
      const matrix = asMatrix(loop, place, matmul.rows, matmul.columns);
      if (matrix === undefined) continue;
      const joined: FusedKernel = {
        node: kernel.node,
        parts: [{ ...part, loop: matrix }],
        product: { node: candidate.node, part: product as FusedLoop<MatmulLoop> },
      };
      return [...done.filter((other) => other !== candidate), joined];
    }
  }
  return [...done, kernel];
};

/** The loop over [rows, columns], if it is one and reads operand `place` in order. */
const asMatrix = (loop: MapLoop, place: number, rows: number, columns: number): MapLoop | undefined => {
  const views = [...loop.operands, loop.out].map(viewStrides);
  const collapsed = collapse(loop.sizes, views);
  let { strides } = collapsed;
  if (collapsed.sizes.length === 1 && collapsed.sizes[0] === rows * columns) {
    strides = strides.map(([stride]) => [stride * columns, stride]);
  } else if (collapsed.sizes.length !== 2 || collapsed.sizes[0] !== rows || collapsed.sizes[1] !== columns) {
    return undefined;
  }
  const [rowStride, columnStride] = strides[place];
  if (loop.operands[place].offset !== 0 || rowStride !== columns || columnStride !== 1) return undefined;
  return {
    ...loop,
    sizes: [rows, columns],
    operands: loop.operands.map((operand, i) => ({ ...operand, strides: strides[i] })),
    out: { offset: 0, strides: strides[loop.operands.length] },
  };
};
