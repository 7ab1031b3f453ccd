/**
 * Fusion: which nodes get memory of their own, and which are computed where they are used.
 *
 * A map is merged into the loops that read it if that costs no more than it saves. The reader sees the map's result through a view; composing it with the map's own
 * views gives views of the map's operands. Merging changes no bit of any result: the same operations are done on the same float32 numbers.
 */
import type { Algebra, ScalarRule } from './algebra.ts';
import { identity } from './algebra.ts';
import { product } from './calls.ts';
import { baseOf, type Node, reachable } from './graph.ts';
import {
  collapse,
  contiguousStrides,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  type OperandView,
  type View,
} from './loops.ts';

/** What is computed for one element: an element of a node that has memory, or a rule applied to others. */
type Expression =
  | { readonly kind: 'leaf'; readonly node: Node; readonly view: View }
  | {
      readonly kind: 'op';
      readonly rule: ScalarRule;
      readonly args: readonly Expression[];
    };

/** A loop whose operands are elements of nodes with memory; `operands[i].input` is an index of `nodes`. */
export interface FusedLoop<L extends Loop> {
  readonly loop: L;
  readonly nodes: readonly Node[];
}

/** A node with memory and the loops that fill it. */
export interface Kernel {
  readonly node: Node;
  readonly parts: readonly FusedLoop<Loop>[];
  /** A matrix product that runs first; `parts[0]`, which reads its result, is applied to each block of it as soon as that is complete. */
  readonly product?: { readonly node: Node; readonly part: FusedLoop<MatmulLoop> };
}

const costs = new WeakMap<ScalarRule, number>();

/** How much work a rule is: an operation of the processor counts 1, an elementary function 30. */
const costOf = (rule: ScalarRule): number => {
  let cost = costs.get(rule);
  if (cost === undefined) {
    let total = 0;
    const counter = new Proxy({} as Algebra<number, number>, {
      get: (_target, name) => () => {
        total += name === 'constant' ? 0 : name === 'elementary' ? 30 : 1;
        return 0;
      },
    });
    rule(counter);
    costs.set(rule, (cost = total));
  }
  return cost;
};

/** The only loop of a node, if it is a map that fills the node's memory in order. */
const wholeMap = ({ definition, size }: Node): MapLoop | undefined => {
  if (definition.kind !== 'loops' || definition.loops.length !== 1) return undefined;
  const [loop] = definition.loops;
  if (loop.kind !== 'map' || loop.out.offset !== 0 || product(loop.sizes) !== size) return undefined;
  const expected = contiguousStrides(loop.sizes);
  return loop.out.strides.every((stride, axis) => stride === expected[axis] || loop.sizes[axis] === 1)
    ? loop
    : undefined;
};

/** `view` of a result laid out as `sizes`, as a view of an operand that has `strides` along those axes; undefined if it is not one. */
const compose = (
  sizes: readonly number[],
  operand: View,
  view: View,
  viewSizes: readonly number[],
): View | undefined => {
  const steps = contiguousStrides(sizes);
  const strides: number[] = [];
  const low = sizes.map((size, axis) => Math.floor(view.offset / steps[axis]) % size);
  const high = [...low];
  let offset = operand.offset;
  low.forEach((index, axis) => (offset += index * operand.strides[axis]));
  for (let a = 0; a < viewSizes.length; a++) {
    const stride = view.strides[a];
    if (stride === 0 || viewSizes[a] === 1) {
      strides.push(0);
      continue;
    }
    const axis = steps.findIndex((step) => step <= Math.abs(stride));
    if (axis < 0 || stride % steps[axis] !== 0) return undefined;
    const factor = stride / steps[axis];
    const reach = factor * (viewSizes[a] - 1);
    if (reach < 0) low[axis] += reach;
    else high[axis] += reach;
    strides.push(factor * operand.strides[axis]);
  }
  const inside = sizes.every((size, axis) => low[axis] >= 0 && high[axis] < size);
  return inside ? { offset, strides } : undefined;
};

/** Thrown to start over with a node given memory. */
class NeedsMemory {
  readonly node: Node;
  constructor(node: Node) {
    this.node = node;
  }
}

/** A fused loop reads at most so many different operands. */
const MOST_LEAVES = 10;
/** A map that is read several times is computed again each time if it costs at most this. */
const REPEATABLE_COST = 3;
/** A map is computed more often than it has elements only if it costs at most this. */
const BROADCAST_COST = 1;

export const fuse = (outputs: readonly Node[]): Kernel[] => {
  const nodes = reachable(outputs);
  const kept = new Set(outputs.map((output) => baseOf(output).node));
  const readers = readersOf(nodes);
  for (;;) {
    try {
      return build(nodes, chooseInlined(nodes, kept, readers));
    } catch (reason) {
      if (!(reason instanceof NeedsMemory)) throw reason;
      kept.add(reason.node);
    }
  }
};

interface Reader {
  readonly node: Node;
  readonly loop: Loop;
}

/** The loops that read each node, through views. */
const readersOf = (nodes: readonly Node[]): ReadonlyMap<Node, readonly Reader[]> => {
  const readers = new Map<Node, Reader[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) {
    if (node.definition.kind !== 'loops') continue;
    for (const loop of node.definition.loops) {
      const inputs =
        loop.kind === 'map' || loop.kind === 'reduce'
          ? loop.operands.map(({ input }) => input)
          : node.inputs.keys();
      for (const input of new Set(inputs)) readers.get(baseOf(node.inputs[input]).node)?.push({ node, loop });
    }
  }
  return readers;
};

const chooseInlined = (
  nodes: readonly Node[],
  kept: ReadonlySet<Node>,
  readers: ReadonlyMap<Node, readonly Reader[]>,
): ReadonlySet<Node> => {
  const inlined = new Set<Node>();
  const weight = new Map<Node, { readonly cost: number; readonly leaves: number }>();
  for (const node of nodes) {
    const loop = wholeMap(node);
    if (loop === undefined) continue;
    let cost = costOf(loop.rule);
    let leaves = 0;
    for (const { input } of loop.operands) {
      const { node: operand } = baseOf(node.inputs[input]);
      const own = inlined.has(operand) ? weight.get(operand) : undefined;
      cost += own?.cost ?? 0;
      leaves += own?.leaves ?? 1;
    }
    weight.set(node, { cost, leaves });
    const uses = readers.get(node) ?? [];
    const mayInline =
      !kept.has(node) &&
      leaves < MOST_LEAVES &&
      uses.every(
        ({ loop: reader }) =>
          (reader.kind === 'map' || reader.kind === 'reduce') &&
          (product(reader.sizes) <= node.size || cost <= BROADCAST_COST),
      ) &&
      (uses.length === 1 || (cost <= REPEATABLE_COST && leaves <= 2));
    if (mayInline) inlined.add(node);
  }
  return inlined;
};

const build = (nodes: readonly Node[], inlined: ReadonlySet<Node>): Kernel[] => {
  const kernels: Kernel[] = [];
  for (const node of nodes) {
    if (node.definition.kind !== 'loops' || inlined.has(node)) continue;
    const parts = node.definition.loops.map((loop): FusedLoop<Loop> => {
      switch (loop.kind) {
        case 'map':
        case 'reduce':
          return fuseLoop(node, loop, inlined);
        case 'matmul':
          return foldTransposes(node, loop, inlined);
        default:
          return { loop, nodes: node.inputs };
      }
    });
    kernels.push({ node, parts });
  }
  const joined = kernels.reduce<Kernel[]>(attachProduct, []);
  return [...joined.filter(mayFailFirst), ...joined.filter((kernel) => !mayFailFirst(kernel))];
};

/** Whether a kernel may fail, because of an index out of range. */
export const mayFail = ({ parts }: Kernel): boolean =>
  parts.some(({ loop }) => loop.kind === 'direct' && loop.mayFail);

/** Whether it does so depending on arguments only: then it runs before anything is overwritten. */
export const mayFailFirst = (kernel: Kernel): boolean =>
  mayFail(kernel) &&
  kernel.parts.every(({ nodes }) =>
    nodes.every((node) => ['input', 'constant'].includes(baseOf(node).node.definition.kind)),
  );

const fuseLoop = (
  root: Node,
  loop: Extract<Loop, { kind: 'map' | 'reduce' }>,
  inlined: ReadonlySet<Node>,
): FusedLoop<Loop> => {
  const { sizes } = loop;
  const leaves: { node: Node; view: View }[] = [];
  const shared = new Map<string, Expression>();
  const expressionOf = (start: Node, view: View): Expression => {
    const { node, offset } = baseOf(start);
    const seen = { offset: view.offset + offset, strides: view.strides };
    const key = `${node.id} ${seen.offset} ${seen.strides.join()}`;
    let expression = shared.get(key);
    if (expression === undefined) shared.set(key, (expression = make(node, seen)));
    return expression;
  };
  const make = (node: Node, view: View): Expression => {
    const map = inlined.has(node) ? wholeMap(node) : undefined;
    if (map === undefined) {
      const leaf = { node, view };
      leaves.push(leaf);
      return { kind: 'leaf', ...leaf };
    }
    const collapsed = collapse(map.sizes, [...map.operands.map(({ strides }) => strides), map.out.strides]);
    const args = map.operands.map((operand, i) => {
      const own = { offset: operand.offset, strides: collapsed.strides[i] };
      const composed = compose(collapsed.sizes, own, view, sizes);
      if (composed === undefined) throw new NeedsMemory(node);
      return expressionOf(node.inputs[operand.input], composed);
    });
    return { kind: 'op', rule: map.rule, args };
  };
  const args = loop.operands.map((operand) => expressionOf(root.inputs[operand.input], operand));
  const expression: Expression = { kind: 'op', rule: loop.rule, args };
  const operands = leaves.map(({ view }, input) => ({ input, ...view }));
  const rule = ruleOf(expression, leaves);
  if (loop.kind === 'map')
    return {
      loop: { ...loop, rule, operands },
      nodes: leaves.map(({ node }) => node),
    };
  const fused = { ...loop, rule, operands, order: loop.operands.map(({ strides }) => strides) };
  if (!sameOrder(loop, fused)) {
    const cause = loop.operands
      .map(({ input }) => baseOf(root.inputs[input]).node)
      .find((node) => inlined.has(node));
    if (cause !== undefined) throw new NeedsMemory(cause);
  }
  return { loop: fused, nodes: leaves.map(({ node }) => node) };
};

/** Whether two reductions walk their elements in the same order. */
const sameOrder = (
  a: { sizes: readonly number[]; reducedAxes?: number; operands: readonly OperandView[] },
  b: { sizes: readonly number[]; reducedAxes?: number; operands: readonly OperandView[] },
): boolean => {
  const [first, second] = [a, b].map(({ sizes, reducedAxes = 0, operands }) =>
    collapse(
      sizes,
      operands.map(({ strides }) => strides),
      sizes.length - reducedAxes,
    ),
  );
  return first.sizes.join() === second.sizes.join() && first.barrier === second.barrier;
};

const ruleNumbers = new WeakMap<ScalarRule, number>();
let nextRuleNumber = 0;
const fusedRules = new Map<string, ScalarRule>();
/** Rules are kept for reuse of their kernels, up to this many. */
const MOST_RULES = 1000;

/** One rule for a whole expression; expressions of the same form share it, and with it the compiled kernels. */
const ruleOf = (
  expression: Expression,
  leaves: readonly { readonly node: Node; readonly view: View }[],
): ScalarRule => {
  const order: Expression[] = [];
  const places = new Map<Expression, number>();
  const parts: string[] = [];
  const visit = (e: Expression): number => {
    const known = places.get(e);
    if (known !== undefined) return known;
    let text: string;
    if (e.kind === 'leaf') {
      text = `x${leaves.findIndex(({ node, view }) => node === e.node && view === e.view)}`;
    } else {
      const args = e.args.map(visit);
      let number = ruleNumbers.get(e.rule);
      if (number === undefined) ruleNumbers.set(e.rule, (number = nextRuleNumber++));
      text = `r${number}(${args.join()})`;
    }
    places.set(e, order.length);
    order.push(e);
    parts.push(text);
    return order.length - 1;
  };
  visit(expression);
  const key = parts.join(';');
  let rule = fusedRules.get(key);
  if (rule === undefined) {
    const steps = order.map((e, i) =>
      e.kind === 'leaf'
        ? { leaf: Number(parts[i].slice(1)), rule: identity, args: [] }
        : { leaf: -1, rule: e.rule, args: e.args.map((arg) => places.get(arg) ?? 0) },
    );
    rule = (s, ...operands) => {
      const values: (typeof operands)[number][] = [];
      for (const { leaf, rule: own, args } of steps) {
        values.push(leaf >= 0 ? operands[leaf] : own(s, ...args.map((arg) => values[arg])));
      }
      return values[values.length - 1];
    };
    if (fusedRules.size >= MOST_RULES) fusedRules.clear();
    fusedRules.set(key, rule);
  }
  return rule;
};

/** A matrix product that reads its operands where they lie; instead of the transpose of a matrix, that matrix the other way round. */
const foldTransposes = (node: Node, loop: MatmulLoop, inlined: ReadonlySet<Node>): FusedLoop<Loop> => {
  const single = loop.offsetsA.length === 1;
  const [a, b] = node.inputs.map((input) => {
    const seen = baseOf(input);
    const source = single && seen.offset === 0 ? transposedBy(seen.node) : undefined;
    const operand = source === undefined ? { ...seen, flip: false } : { ...source, flip: true };
    if (inlined.has(operand.node)) throw new NeedsMemory(operand.node);
    return operand;
  });
  const folded: MatmulLoop = {
    ...loop,
    transposeA: loop.transposeA !== a.flip,
    transposeB: loop.transposeB !== b.flip,
    offsetsA: loop.offsetsA.map((offset) => offset + a.offset),
    offsetsB: loop.offsetsB.map((offset) => offset + b.offset),
  };
  return { loop: folded, nodes: [a.node, b.node] };
};

/** What a node is the transpose of, if it is that of a whole matrix. */
const transposedBy = (node: Node): { readonly node: Node; readonly offset: number } | undefined => {
  const map = wholeMap(node);
  if (map === undefined || map.rule !== identity) return undefined;
  const [operand] = map.operands;
  const { sizes, strides } = collapse(map.sizes, [operand.strides]);
  const isTranspose = sizes.length === 2 && operand.offset === 0 && strides[0].join() === `1,${sizes[0]}`;
  return isTranspose ? baseOf(node.inputs[operand.input]) : undefined;
};

/** Joins a map to a matrix product that it is the first to read. */
const attachProduct = (done: Kernel[], kernel: Kernel): Kernel[] => {
  const [part] = kernel.parts;
  if (kernel.parts.length === 1 && part.loop.kind === 'map' && wholeMap(kernel.node) !== undefined) {
    const { loop, nodes } = part as FusedLoop<MapLoop>;
    for (const candidate of done) {
      const [product] = candidate.parts;
      const matmul = product.loop;
      const place = nodes.indexOf(candidate.node);
      if (
        matmul.kind !== 'matmul' ||
        matmul.offsetsA.length !== 1 ||
        place < 0 ||
        candidate.product !== undefined
      )
        continue;
      if (nodes.lastIndexOf(candidate.node) !== place || isReadBetween(candidate, done)) continue;
      const matrix = asMatrix(loop, place, matmul.rows, matmul.columns);
      if (matrix === undefined) continue;
      const joined: Kernel = {
        node: kernel.node,
        parts: [{ ...part, loop: matrix }],
        product: { node: candidate.node, part: product as FusedLoop<MatmulLoop> },
      };
      return [...done.filter((other) => other !== candidate), joined];
    }
  }
  return [...done, kernel];
};

const isReadBetween = (candidate: Kernel, done: readonly Kernel[]): boolean =>
  done.some(({ parts, product }) =>
    [...parts, ...(product ? [product.part] : [])].some(({ nodes }) => nodes.includes(candidate.node)),
  );

/** The loop over [rows, columns], if it is one and reads operand `place` in order. */
const asMatrix = (loop: MapLoop, place: number, rows: number, columns: number): MapLoop | undefined => {
  const views = [...loop.operands.map(({ strides }) => strides), loop.out.strides];
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
