/**
 * Merges maps into the loops that read them.
 *
 * The reader of a map sees its result through a view. That view, composed with the map's own views,
 * is a view of the map's operands. Merging changes no bit of any result: the same operations run on
 * the same float32 numbers.
 */
import { sizeOf, stridesOf } from '../base/shape.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import { type Node, baseOf } from './graph.ts';
import {
  type ElementLoop,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  type View,
  collapse,
  describeOrder,
  viewStrides,
} from './loops.ts';

/**
 * A loop whose operands are elements of nodes with memory.
 *
 * `operands[i].input` is an index into `nodes`.
 */
export interface FusedLoop<L extends Loop> {
  readonly loop: L;
  readonly nodes: readonly Node[];
}

/** A node with memory, and the loops that compute its elements. */
export interface FusedKernel {
  readonly node: Node;
  readonly parts: readonly FusedLoop<Loop>[];
  /**
   * A matrix product that runs first.
   *
   * `parts[0]` reads its result, and runs for each block of the product that is complete.
   */
  readonly product?: { readonly node: Node; readonly part: FusedLoop<MatmulLoop> };
}

/** Returns the nodes with memory that a kernel reads. */
export const readsOf = ({ parts, product }: FusedKernel): Node[] =>
  [...(product === undefined ? [] : [product.part]), ...parts].flatMap(({ nodes }) =>
    nodes.map((node) => baseOf(node).node),
  );

/**
 * Returns the only loop of a node, if it is a map that writes all elements of the node in order.
 */
export const wholeMap = ({ definition, size }: Node): MapLoop | undefined => {
  if (definition.kind !== 'loops' || definition.loops.length !== 1) return undefined;
  const [loop] = definition.loops;
  if (loop.kind !== 'map' || loop.out.offset !== 0 || sizeOf(loop.sizes) !== size) return undefined;
  const expected = stridesOf(loop.sizes);
  return loop.out.strides.every((stride, axis) => stride === expected[axis] || loop.sizes[axis] === 1)
    ? loop
    : undefined;
};

/**
 * Composes two views: `operand`, whose axes are `sizes`, and `view` of the result with that layout.
 *
 * Returns one view of the operand; undefined if no view selects these elements.
 */
const composeViews = (
  sizes: readonly number[],
  operand: View,
  view: View,
  viewSizes: readonly number[],
): View | undefined => {
  const steps = stridesOf(sizes);
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

/** The computation of one element: an element of a leaf, or a rule applied to earlier terms. */
type Term = { readonly leaf: number } | { readonly rule: ScalarRule; readonly args: readonly number[] };

/** A merged loop, or a map that cannot be merged into it and so needs memory. */
export type Merged = FusedLoop<Loop> | { readonly blocked: Node };

/** Merges `inlined` maps into `loop`, a loop of node `root` that reads them. */
export const mergeMaps = (root: Node, loop: ElementLoop, inlined: ReadonlySet<Node>): Merged => {
  let blocked: Node | undefined;
  const nodes: Node[] = [];
  const views: View[] = [];
  const terms: Term[] = [];
  const termIndices = new Map<string, number>();
  /** Returns the index of the term for the elements of `start` through the view `seen`. */
  const termFor = (start: Node, seen: View): number => {
    const { node, offset } = baseOf(start);
    const view = { offset: seen.offset + offset, strides: seen.strides };
    const key = `${node.id} ${view.offset} ${view.strides.join()}`;
    let term = termIndices.get(key);
    if (term === undefined) {
      const map = inlined.has(node) ? wholeMap(node) : undefined;
      if (map === undefined) {
        views.push(view);
        term = terms.push({ leaf: nodes.push(node) - 1 }) - 1;
      } else term = terms.push({ rule: map.rule, args: argsOf(node, map, view) }) - 1;
      termIndices.set(key, term);
    }
    return term;
  };
  const argsOf = (node: Node, map: MapLoop, view: View): number[] => {
    const { sizes, strides } = collapse(map.sizes, [...map.operands, map.out].map(viewStrides));
    return map.operands.flatMap(({ input, offset }, i) => {
      const composed = composeViews(sizes, { offset, strides: strides[i] }, view, loop.sizes);
      if (composed !== undefined) return [termFor(node.inputs[input], composed)];
      blocked ??= node;
      return [];
    });
  };
  const args = loop.operands.map((operand) => termFor(root.inputs[operand.input], operand));
  if (blocked !== undefined) return { blocked };
  terms.push({ rule: loop.rule, args });
  const operands = views.map((view, input) => ({ input, ...view }));
  const rule = ruleOf(terms);
  if (loop.kind === 'map') return { loop: { ...loop, rule, operands }, nodes };
  const fused = { ...loop, rule, operands, order: loop.operands.map(viewStrides) };
  if (describeOrder(fused) !== describeOrder(loop)) {
    const cause = loop.operands
      .map(({ input }) => baseOf(root.inputs[input]).node)
      .find((node) => inlined.has(node));
    if (cause !== undefined) return { blocked: cause };
  }
  return { loop: fused, nodes };
};

const ruleIds = new WeakMap<ScalarRule, number>();
let nextRuleId = 0;
const fusedRules = new Map<string, ScalarRule>();
/** The most rules in the cache, which lets equal loops share kernels. */
const MAX_RULES = 1000;

const keyOf = (term: Term): string => {
  if ('leaf' in term) return `x${term.leaf}`;
  let id = ruleIds.get(term.rule);
  if (id === undefined) ruleIds.set(term.rule, (id = nextRuleId++));
  return `r${id}(${term.args.join()})`;
};

/**
 * Returns one rule for all terms. Terms of the same form share the rule and its compiled kernels.
 */
const ruleOf = (terms: readonly Term[]): ScalarRule => {
  const key = terms.map(keyOf).join(';');
  let rule = fusedRules.get(key);
  if (rule === undefined) {
    rule = (s, ...operands) => {
      const values: (typeof operands)[number][] = [];
      for (const term of terms)
        values.push(
          'leaf' in term ? operands[term.leaf] : term.rule(s, ...term.args.map((arg) => values[arg])),
        );
      return values[values.length - 1];
    };
    if (fusedRules.size >= MAX_RULES) fusedRules.clear();
    fusedRules.set(key, rule);
  }
  return rule;
};
