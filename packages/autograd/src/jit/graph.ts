/** Graphs as plain data, made from the nodes of a traced function. */
import { dataKey } from '../base/plain-data.ts';
import { formatShape, type Shape } from '../base/shape.ts';
import { type Node, reachable } from '../compiler/graph.ts';
import type { Loop } from '../compiler/loops.ts';
import { checkFunction } from '../core/check.ts';
import type { AnyFunction } from '../transforms/any-function.ts';
import { flattenLeaves, keys } from '../transforms/leaves.ts';
import { type Flat, leavesOf } from '../tree/form.ts';
import { BODIES, type CompiledBody } from './host-op.ts';
import { traceFunction } from './trace.ts';

/** A tensor of a graph, by number. The same value is always the same object. */
export interface Value {
  readonly id: number;
  readonly shape: Shape;
}

/** An argument's leaf or a result's leaf, with its path, such as `argument 0.layers[0].kernel`. */
export interface NamedValue {
  readonly path: string;
  readonly value: Value;
  /** Whether it is a random key: two words for each key, in the bits of its elements. */
  readonly isKey: boolean;
}

/** A tensor with known elements. */
export interface Constant {
  readonly value: Value;
  /** In row-major order. It may be the memory of a tensor that f closes over: do not change it. */
  readonly data: Float32Array;
}

/**
 * What an equation computes, for tools that translate graphs: a contiguous part of its only input
 * that starts at `offset`, or loops that together write all elements of its output.
 */
export type Computation =
  | { readonly kind: 'view'; readonly offset: number }
  | { readonly kind: 'loops'; readonly loops: readonly Loop[] };

/** One op: outputs = op(inputs), with its parameters as plain data, such as `{ axes: [0] }`. */
export interface Equation {
  readonly op: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly computation: Computation;
  /**
   * The functions that a loop or a branch runs: the step of `scan`, the branches of `cond`, or the
   * condition and the step of `whileLoop`. The output of such an equation holds all its results,
   * one after another.
   */
  readonly bodies: readonly Graph[];
}

/**
 * A traced function. Equations are in the order of computation, without those that no result needs;
 * equal ones are merged. Iterating goes over the equations; as text, a graph has a line for each.
 */
export interface Graph extends Iterable<Equation> {
  readonly inputs: readonly NamedValue[];
  readonly constants: readonly Constant[];
  readonly equations: readonly Equation[];
  readonly results: readonly NamedValue[];
  toString(): string;
}

/** Like makeGraph(f)(...args), for libraries: errors name `op`. */
export const traceGraph = <A extends unknown[]>(op: string, f: (...args: A) => unknown, args: A): Graph => {
  checkFunction(op, 'f', f);
  const flat = args.map((argument, i) => flattenLeaves(op, argument, `argument ${i}`));
  const { inputs, results, outputs } = traceFunction(op, f as AnyFunction, flat);
  return graphOf(inputs, flat.flatMap(leavesWithPaths), outputs, leavesWithPaths(results));
};

/** A leaf of an argument or a result. */
type Leaf = Pick<NamedValue, 'path' | 'isKey'>;

const leavesWithPaths = ({ form, paths }: Flat): Leaf[] =>
  leavesOf(form).map(({ leaf }, i) => ({ path: paths[i], isKey: leaf === keys }));

/** Returns the graph of a traced function, with names for its arguments and results. */
const graphOf = (
  inputs: readonly Node[],
  inputLeaves: readonly Leaf[],
  outputs: readonly Node[],
  outputLeaves: readonly Leaf[],
): Graph => {
  const used = reachable(outputs);
  const constants = used.filter(({ definition }) => definition.kind === 'constant');
  const nodes = [...new Set([...inputs, ...constants, ...used])];
  const values = new Map(nodes.map(({ shape }, id) => [nodes[id], Object.freeze({ id, shape })]));
  const valueOf = (node: Node): Value => values.get(node) as Value;
  return new TracedGraph(
    inputs.map((node, i) => ({ ...inputLeaves[i], value: valueOf(node) })),
    nodes.flatMap((node) =>
      node.definition.kind === 'constant' ? [{ value: valueOf(node), data: node.definition.values }] : [],
    ),
    nodes.flatMap((node) => {
      const { definition } = node;
      return definition.kind === 'view' || definition.kind === 'loops'
        ? [equationOf(node, definition, valueOf)]
        : [];
    }),
    outputs.map((node, i) => ({ ...outputLeaves[i], value: valueOf(node) })),
  );
};

/** The parameters of an op, and the functions that it runs. */
type Parameters = Readonly<Record<string, unknown>> & { readonly [BODIES]?: readonly CompiledBody[] };

const equationOf = (node: Node, computation: Computation, valueOf: (node: Node) => Value): Equation => {
  const { [BODIES]: bodies = [], ...params } = (node.params ?? {}) as Parameters;
  return {
    op: node.op,
    params,
    inputs: node.inputs.map(valueOf),
    outputs: [valueOf(node)],
    computation,
    bodies: bodies.map(({ body }) => {
      const numbered = (what: string) => (_: Node, i: number) => ({ path: `${what} ${i}`, isKey: false });
      return graphOf(
        body.inputs,
        body.inputs.map(numbered('input')),
        body.outputs,
        body.outputs.map(numbered('output')),
      );
    }),
  };
};

/** What the bodies of an op with several of them are, in the text of a graph. */
const BODY_LABELS: Readonly<Record<string, readonly string[] | undefined>> = {
  cond: ['if true:', 'if false:'],
  whileLoop: ['while:', 'step:'],
};

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

class TracedGraph implements Graph {
  readonly inputs: readonly NamedValue[];
  readonly constants: readonly Constant[];
  readonly equations: readonly Equation[];
  readonly results: readonly NamedValue[];

  constructor(
    inputs: readonly NamedValue[],
    constants: readonly Constant[],
    equations: readonly Equation[],
    results: readonly NamedValue[],
  ) {
    this.inputs = inputs;
    this.constants = constants;
    this.equations = equations;
    this.results = results;
  }

  [Symbol.iterator](): Iterator<Equation> {
    return this.equations[Symbol.iterator]();
  }

  toString(): string {
    const name = ({ id }: Value): string => `%${id}`;
    const typed = (value: Value): string => `${name(value)} ${formatShape(value.shape)}`;
    return [
      ...this.inputs.map(({ path, value }) => `${typed(value)} = ${path}`),
      ...this.constants.map(
        ({ value, data }) => `${typed(value)} = constant${data.length === 1 ? ` ${dataKey(data[0])}` : ''}`,
      ),
      ...this.equations.flatMap(({ op, params, inputs, outputs, bodies }) => {
        const words = [op, ...inputs.map(name), ...(Object.keys(params).length > 0 ? [dataKey(params)] : [])];
        return [
          `${outputs.map(typed).join(', ')} = ${words.join(' ')}`,
          ...bodies.flatMap((body, i) => {
            const lines = String(body).split('\n');
            const label = BODY_LABELS[op]?.[i];
            return indented(label === undefined ? lines : [label, ...indented(lines)]);
          }),
        ];
      }),
      ...this.results.map(({ path, value }) => `return ${name(value)} as ${path}`),
    ].join('\n');
  }
}
