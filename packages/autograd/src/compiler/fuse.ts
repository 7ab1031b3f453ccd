/**
 * Fusion: which nodes get memory of their own, and which are computed where they are used.
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
import { attachProduct, foldTransposes } from './products.ts';

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

/** A loop with others merged into it reads at most so many operands, each counted as often as it is read. */
const MOST_LEAVES = 10;
/** A map that is read several times is computed again each time if it costs at most this. */
const REPEATABLE_COST = 3;
/** A loop with others merged into it does at most so much for one element: engines limit the size of a function. */
const MOST_COST = 3000;
/** At most so many maps are merged one into the other: what is made of them is built recursively. */
const MOST_DEPTH = 500;
/** A map is computed more often than it has elements only if it costs at most this. */
const BROADCAST_COST = 1;

export const fuse = (outputs: readonly Node[]): FusedKernel[] => {
  const nodes = reachable(outputs);
  const results = new Set(outputs.map((output) => baseOf(output).node));
  const readers = readersOf(nodes);
  // Maps that cannot be merged into a loop that reads them get memory, one after the other.
  const kept = new Set(results);
  for (;;) {
    const kernels = mergeAll(nodes, chooseInlined(nodes, kept, readers));
    if (Array.isArray(kernels)) return arrange(kernels, results);
    kept.add(kernels.blocked);
  }
};

const mergesMaps = (loop: Loop): loop is ElementLoop => loop.kind === 'map' || loop.kind === 'reduce';

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
      const inputs = mergesMaps(loop) ? loop.operands.map(({ input }) => input) : node.inputs.keys();
      for (const input of new Set(inputs)) readers.get(baseOf(node.inputs[input]).node)?.push({ node, loop });
    }
  }
  return readers;
};

/** What a loop does with the maps merged into it that it reads. */
interface Weight {
  readonly cost: number;
  readonly leaves: number;
  /** How many maps are one inside of the other. */
  readonly depth: number;
}

const chooseInlined = (
  nodes: readonly Node[],
  kept: ReadonlySet<Node>,
  readers: ReadonlyMap<Node, readonly Reader[]>,
): ReadonlySet<Node> => {
  const inlined = new Set<Node>();
  const weights = new Map<Node, Weight>();
  /** Weighs a loop; maps that would make it too large are not merged into it. */
  const weigh = (node: Node, { rule, operands }: ElementLoop): Weight => {
    let cost = costOf(rule);
    let leaves = operands.length;
    let depth = 1;
    for (const { input } of operands) {
      const { node: operand } = baseOf(node.inputs[input]);
      const own = inlined.has(operand) ? weights.get(operand) : undefined;
      if (own === undefined) continue;
      if (cost + own.cost > MOST_COST || leaves + own.leaves - 1 > MOST_LEAVES || own.depth >= MOST_DEPTH) {
        inlined.delete(operand);
        continue;
      }
      cost += own.cost;
      leaves += own.leaves - 1;
      depth = Math.max(depth, own.depth + 1);
    }
    return { cost, leaves, depth };
  };
  for (const node of nodes) {
    if (node.definition.kind !== 'loops') continue;
    const merging = node.definition.loops.filter(mergesMaps);
    const [weight] = merging.map((loop) => weigh(node, loop));
    if (wholeMap(node) === undefined) continue;
    weights.set(node, weight);
    const { cost, leaves } = weight;
    const uses = readers.get(node) ?? [];
    const mayInline =
      !kept.has(node) &&
      uses.every(
        ({ loop }) => mergesMaps(loop) && (sizeOf(loop.sizes) <= node.size || cost <= BROADCAST_COST),
      ) &&
      (uses.length === 1 || (cost <= REPEATABLE_COST && leaves <= 2));
    if (mayInline) inlined.add(node);
  }
  return inlined;
};

/** A kernel for each node that is not inlined, or the first map that cannot be. */
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
  if (mergesMaps(loop)) return mergeMaps(node, loop, inlined);
  return loop.kind === 'matmul' ? foldTransposes(node, loop, inlined) : { loop, nodes: node.inputs };
};

/** The kernels to run, in order: without unused ones, and with maps joined to products. */
const arrange = (kernels: readonly FusedKernel[], results: ReadonlySet<Node>): FusedKernel[] => {
  // Drop kernels whose results are not read, such as a transpose that a product reads through.
  const needed = new Set(results);
  const used = kernels.toReversed().filter((kernel) => {
    if (!needed.has(kernel.node)) return false;
    for (const read of readsOf(kernel)) needed.add(read);
    return true;
  });
  const joined = used.reverse().reduce<FusedKernel[]>(attachProduct, []);
  return [...joined.filter(mayFailFirst), ...joined.filter((kernel) => !mayFailFirst(kernel))];
};

/** Whether a kernel may fail, because of an index out of range. */
export const mayFail = ({ parts }: FusedKernel): boolean =>
  parts.some(({ loop }) => loop.kind === 'direct' && loop.mayFail);

/** Whether it does so depending on arguments only: then it runs before anything is overwritten. */
export const mayFailFirst = (kernel: FusedKernel): boolean =>
  mayFail(kernel) &&
  kernel.parts.every(({ nodes }) =>
    nodes.every((node) => ['input', 'constant'].includes(baseOf(node).node.definition.kind)),
  );
