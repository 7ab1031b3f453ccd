/**
 * Fusion: decides which nodes have memory, and which are computed where they are used.
 *
 * A map is merged into the loops that read it if that costs no more than it saves.
 */
import { sizeOf } from '../base/shape.ts';
import type { Algebra, ScalarRule } from '../kernels/algebra.ts';
import {
  type FusedKernel,
  type FusedLoop,
  type Merged,
  mergeMaps,
  readsOf,
  wholeMap,
} from './expressions.ts';
import { type Node, baseOf, reachable } from './graph.ts';
import type { ElementLoop, Loop } from './loops.ts';
import { attachProducts, foldTransposes } from './products.ts';

const costs = new WeakMap<ScalarRule, number>();

/** Returns the cost of a rule: 1 for a processor operation, 30 for an elementary function. */
export const costOf = (rule: ScalarRule, operands: number): number => {
  let cost = costs.get(rule);
  if (cost === undefined) {
    let total = 0;
    const counter = new Proxy({} as Algebra<number, number>, {
      get: (_target, name) => () => {
        total += name === 'constant' ? 0 : name === 'elementary' ? 30 : 1;
        return 0;
      },
    });
    rule(counter, ...new Array<number>(operands).fill(0));
    costs.set(rule, (cost = total));
  }
  return cost;
};

/** The most operands of a merged loop. An operand that is read several times counts each time. */
const MAX_LEAVES = 10;
/** The highest cost of a map that is computed again for each of several readers. */
const MAX_REPEATED_COST = 3;
/**
 * The highest cost per element of a merged loop. Engines take long for large functions: a second
 * for 100 elementary functions.
 */
const MAX_LOOP_COST = 600;
/** The longest chain of merged maps: a recursion generates their code. */
const MAX_INLINE_DEPTH = 500;
/** The highest cost of a map that is computed more often than it has elements. */
const MAX_BROADCAST_COST = 1;

export const fuse = (outputs: readonly Node[]): FusedKernel[] => {
  const nodes = reachable(outputs);
  const results = new Set(outputs.map((output) => baseOf(output).node));
  const readers = readersOf(nodes);
  // Each iteration adds one map that a reader cannot merge, and that therefore needs memory.
  const kept = new Set(results);
  for (;;) {
    const kernels = mergeAll(nodes, chooseInlined(nodes, kept, readers));
    if (Array.isArray(kernels)) return arrange(kernels, results);
    kept.add(kernels.blocked);
  }
};

const isElementLoop = (loop: Loop): loop is ElementLoop => loop.kind === 'map' || loop.kind === 'reduce';

interface Reader {
  readonly node: Node;
  readonly loop: Loop;
}

/** Returns the loops that read each node, directly or through views. */
const readersOf = (nodes: readonly Node[]): ReadonlyMap<Node, readonly Reader[]> => {
  const readers = new Map<Node, Reader[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) {
    if (node.definition.kind !== 'loops') continue;
    for (const loop of node.definition.loops) {
      const inputs = isElementLoop(loop) ? loop.operands.map(({ input }) => input) : node.inputs.keys();
      for (const input of new Set(inputs)) readers.get(baseOf(node.inputs[input]).node)?.push({ node, loop });
    }
  }
  return readers;
};

/** The size of a loop, including the maps merged into it. */
interface Weight {
  readonly cost: number;
  readonly leaves: number;
  /** The length of the longest chain of merged maps. */
  readonly depth: number;
}

const chooseInlined = (
  nodes: readonly Node[],
  kept: ReadonlySet<Node>,
  readers: ReadonlyMap<Node, readonly Reader[]>,
): ReadonlySet<Node> => {
  const inlined = new Set<Node>();
  const weights = new Map<Node, Weight>();
  /** Returns the weight of a loop. Removes maps from `inlined` that would make it too large. */
  const weigh = (node: Node, { rule, operands }: ElementLoop): Weight => {
    let cost = costOf(rule, operands.length);
    let leaves = operands.length;
    let depth = 1;
    for (const { input } of operands) {
      const { node: operand } = baseOf(node.inputs[input]);
      const weight = inlined.has(operand) ? weights.get(operand) : undefined;
      if (weight === undefined) continue;
      if (
        cost + weight.cost > MAX_LOOP_COST ||
        leaves + weight.leaves - 1 > MAX_LEAVES ||
        weight.depth >= MAX_INLINE_DEPTH
      ) {
        inlined.delete(operand);
        continue;
      }
      cost += weight.cost;
      leaves += weight.leaves - 1;
      depth = Math.max(depth, weight.depth + 1);
    }
    return { cost, leaves, depth };
  };
  for (const node of nodes) {
    if (node.definition.kind !== 'loops') continue;
    const merging = node.definition.loops.filter(isElementLoop);
    const [weight] = merging.map((loop) => weigh(node, loop));
    if (wholeMap(node) === undefined) continue;
    weights.set(node, weight);
    const { cost, leaves } = weight;
    const uses = readers.get(node) ?? [];
    const canInline =
      !kept.has(node) &&
      uses.every(
        ({ loop }) => isElementLoop(loop) && (sizeOf(loop.sizes) <= node.size || cost <= MAX_BROADCAST_COST),
      ) &&
      (uses.length === 1 || (cost <= MAX_REPEATED_COST && leaves <= 2));
    if (canInline) inlined.add(node);
  }
  return inlined;
};

/** Returns a kernel for each node that is not inlined, or the first map that cannot be inlined. */
const mergeAll = (
  nodes: readonly Node[],
  inlined: ReadonlySet<Node>,
): FusedKernel[] | { readonly blocked: Node } => {
  const kernels: FusedKernel[] = [];
  for (const node of nodes) {
    if (node.definition.kind !== 'loops' || inlined.has(node)) continue;
    const parts: FusedLoop<Loop>[] = [];
    for (const loop of node.definition.loops) {
      const merged = merge(node, loop, inlined);
      if ('blocked' in merged) return merged;
      parts.push(merged);
    }
    kernels.push({ node, parts });
  }
  return kernels;
};

const merge = (node: Node, loop: Loop, inlined: ReadonlySet<Node>): Merged => {
  if (isElementLoop(loop)) return mergeMaps(node, loop, inlined);
  return loop.kind === 'matmul' ? foldTransposes(node, loop, inlined) : { loop, nodes: node.inputs };
};

/** Returns the kernels to run, in order: without unused ones, and with maps joined to products. */
const arrange = (kernels: readonly FusedKernel[], results: ReadonlySet<Node>): FusedKernel[] => {
  // Drop kernels whose results are not read, such as a transpose folded into a product.
  const needed = new Set(results);
  const used = kernels.toReversed().filter((kernel) => {
    if (!needed.has(kernel.node)) return false;
    for (const read of readsOf(kernel)) needed.add(read);
    return true;
  });
  const joined = attachProducts(used.reverse());
  return [...joined.filter(mayFailFirst), ...joined.filter((kernel) => !mayFailFirst(kernel))];
};

/** Whether a kernel can throw, because of an index out of range. */
export const mayFail = ({ parts }: FusedKernel): boolean =>
  parts.some(({ loop }) => loop.kind === 'direct' && loop.mayFail);

/**
 * Whether a kernel can throw, depending on arguments and constants only.
 *
 * Such a kernel runs before others overwrite anything.
 */
const mayFailFirst = (kernel: FusedKernel): boolean =>
  mayFail(kernel) &&
  kernel.parts.every(({ nodes }) =>
    nodes.every((node) => ['input', 'constant'].includes(baseOf(node).node.definition.kind)),
  );
