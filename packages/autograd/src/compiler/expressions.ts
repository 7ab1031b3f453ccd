/**
 * Loops that compute what other maps would have computed for them: the reader of a map sees its result through a view; composing that with the map's own views gives views of
 * the map's operands. It changes no bit of any result: the same operations are done on the same float32 numbers.
 */
import { sizeOf, stridesOf } from '../base/shape.ts';
import type { ScalarRule } from '../kernels/algebra.ts';
import { type Node, baseOf } from './graph.ts';
import {
  type ElementLoop,
  type Loop,
  type MapLoop,
  type MatmulLoop,
  type ReduceLoop,
  type View,
  collapse,
  viewStrides,
} from './loops.ts';

/** A loop whose operands are elements of nodes with memory; `operands[i].input` is an index of `nodes`. */
export interface FusedLoop<L extends Loop> {
  readonly loop: L;
  readonly nodes: readonly Node[];
}

/** A node with memory and the loops that fill it. */
export interface FusedKernel {
  readonly node: Node;
  readonly parts: readonly FusedLoop<Loop>[];
  /** A matrix product that runs first; `parts[0]`, which reads its result, is applied to each block of it as soon as that is complete. */
  readonly product?: { readonly node: Node; readonly part: FusedLoop<MatmulLoop> };
}

/** The nodes with memory that a kernel reads. */
export const readsOf = ({ parts, product }: FusedKernel): Node[] =>
  [...(product === undefined ? [] : [product.part]), ...parts].flatMap(({ nodes }) =>
    nodes.map((node) => baseOf(node).node),
  );

/** The only loop of a node, if it is a map that fills the node's memory in order. */
export const wholeMap = ({ definition, size }: Node): MapLoop | undefined => {
  if (definition.kind !== 'loops' || definition.loops.length !== 1) return undefined;
  const [loop] = definition.loops;
  if (loop.kind !== 'map' || loop.out.offset !== 0 || sizeOf(loop.sizes) !== size) return undefined;
  const expected = stridesOf(loop.sizes);
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

/** What is computed for one element: an element of a leaf, or a rule applied to what terms before it gave. */
type Term = { readonly leaf: number } | { readonly rule: ScalarRule; readonly args: readonly number[] };

/** A merged loop, or the map that cannot be merged into it: that one needs memory. */
export type Merged = FusedLoop<Loop> | { readonly blocked: Node };

/** `loop` of the node `root`, with the `inlined` maps that it reads computed in it. */
export const mergeMaps = (root: Node, loop: ElementLoop, inlined: ReadonlySet<Node>): Merged => {
  let blocked: Node | undefined;
  const nodes: Node[] = [];
  const views: View[] = [];
  const terms: Term[] = [];
  const known = new Map<string, number>();
  /** The term that gives the elements of a node seen through a view. */
  const termFor = (start: Node, seen: View): number => {
    const { node, offset } = baseOf(start);
    const view = { offset: seen.offset + offset, strides: seen.strides };
    const key = `${node.id} ${view.offset} ${view.strides.join()}`;
    let term = known.get(key);
    if (term === undefined) {
      const map = inlined.has(node) ? wholeMap(node) : undefined;
      if (map === undefined) {
        views.push(view);
        term = terms.push({ leaf: nodes.push(node) - 1 }) - 1;
      } else term = terms.push({ rule: map.rule, args: argsOf(node, map, view) }) - 1;
      known.set(key, term);
    }
    return term;
  };
  const argsOf = (node: Node, map: MapLoop, view: View): number[] => {
    const { sizes, strides } = collapse(map.sizes, [...map.operands, map.out].map(viewStrides));
    return map.operands.flatMap(({ input, offset }, i) => {
      const composed = compose(sizes, { offset, strides: strides[i] }, view, loop.sizes);
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
  if (walk(fused) !== walk(loop)) {
    const cause = loop.operands
      .map(({ input }) => baseOf(root.inputs[input]).node)
      .find((node) => inlined.has(node));
    if (cause !== undefined) return { blocked: cause };
  }
  return { loop: fused, nodes };
};

/** The order in which a reduction walks its elements. */
const walk = ({ sizes, reducedAxes, operands }: ReduceLoop): string => {
  const collapsed = collapse(sizes, operands.map(viewStrides), sizes.length - reducedAxes);
  return `${collapsed.sizes.join()} ${collapsed.barrier}`;
};

const ruleNumbers = new WeakMap<ScalarRule, number>();
let nextRuleNumber = 0;
const fusedRules = new Map<string, ScalarRule>();
/** Rules are kept for reuse of their kernels, up to this many. */
const MOST_RULES = 1000;

const nameOf = (term: Term): string => {
  if ('leaf' in term) return `x${term.leaf}`;
  let number = ruleNumbers.get(term.rule);
  if (number === undefined) ruleNumbers.set(term.rule, (number = nextRuleNumber++));
  return `r${number}(${term.args.join()})`;
};

/** One rule for all terms; terms of the same form share it, and with it the compiled kernels. */
const ruleOf = (terms: readonly Term[]): ScalarRule => {
  const key = terms.map(nameOf).join(';');
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
    if (fusedRules.size >= MOST_RULES) fusedRules.clear();
    fusedRules.set(key, rule);
  }
  return rule;
};
