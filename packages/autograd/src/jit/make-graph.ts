/** `makeGraph`, as `@mini/autograd/graph`: programs as data, to look at or to transform. */
import { dataKey } from '../base/data-key.ts';
import { formatShape, type Shape } from '../base/shape.ts';
import { type Node, reachable } from '../compiler/graph.ts';
import { checkFunction } from '../core/check.ts';
import type { AnyFunction } from '../transforms/any-function.ts';
import { flattenLeaves } from '../transforms/leaves.ts';
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
}

/** A tensor with known elements. */
export interface Constant {
  readonly value: Value;
  /** In row-major order. */
  readonly data: Float32Array;
}

/** One op: outputs = op(inputs), with its parameters as plain data, such as `{ axes: [0] }`. */
export interface Equation {
  readonly op: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
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

/**
 * Returns a function that returns the graph of f for its arguments. Mirrors jax.make_jaxpr.
 *
 * Arguments are as for `jit`: trees of tensors, random keys and typed arrays; only their shapes
 * matter. f must be pure; it runs once. Derivatives, as in `grad(f)`, and compiled functions inside
 * of f become part of the graph.
 *
 * Throws a TypeError for arguments or results that are not such trees, and where f reads a value or
 * branches on it.
 *
 * @example
 * const graph = makeGraph((x: Tensor) => sum(square(x)))(tensor([1, 2, 3]));
 * for (const { op, outputs } of graph) console.log(op, outputs[0].shape);
 * // → square [ 3 ]
 * // → sum []
 */
export function makeGraph<A extends unknown[]>(f: (...args: A) => unknown): (...args: A) => Graph {
  checkFunction('makeGraph', 'f', f);
  return (...args) => {
    const flat = args.map((argument, i) => flattenLeaves('makeGraph', argument, `argument ${i}`));
    const { inputs, results, outputs } = traceFunction('makeGraph', f as AnyFunction, flat);
    const paths = flat.flatMap((own) => own.paths);
    const used = reachable(outputs);
    const constants = used.filter(({ definition }) => definition.kind === 'constant');
    const nodes = [...new Set([...inputs, ...constants, ...used])];
    const values = new Map(nodes.map(({ shape }, id) => [nodes[id], Object.freeze({ id, shape })]));
    const valueOf = (node: Node): Value => values.get(node) as Value;
    return new TracedGraph(
      inputs.map((node, i) => ({ path: paths[i], value: valueOf(node) })),
      nodes.flatMap((node) =>
        node.definition.kind === 'constant' ? [{ value: valueOf(node), data: node.definition.values }] : [],
      ),
      nodes.flatMap((node) =>
        node.definition.kind === 'view' || node.definition.kind === 'loops'
          ? [equationOf(node, valueOf)]
          : [],
      ),
      outputs.map((node, i) => ({ path: results.paths[i], value: valueOf(node) })),
    );
  };
}

const equationOf = (node: Node, valueOf: (node: Node) => Value): Equation => ({
  op: node.op,
  params: (node.params ?? {}) as Equation['params'],
  inputs: node.inputs.map(valueOf),
  outputs: [valueOf(node)],
});

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
      ...this.equations.map(({ op, params, inputs, outputs }) => {
        const words = [op, ...inputs.map(name), ...(Object.keys(params).length > 0 ? [dataKey(params)] : [])];
        return `${outputs.map(typed).join(', ')} = ${words.join(' ')}`;
      }),
      ...this.results.map(({ path, value }) => `return ${name(value)} as ${path}`),
    ].join('\n');
  }
}
