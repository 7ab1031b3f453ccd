/** The graph of loops that jit records before compilation. */
import { dataKey, identityOf } from '../base/plain-data.ts';
import { sizeOf } from '../base/shape.ts';
import type { Loop } from './loops.ts';

export type Definition =
  | { readonly kind: 'input'; readonly position: number }
  | { readonly kind: 'constant'; readonly values: Float32Array }
  /** A contiguous part of the input that starts at `offset`. */
  | { readonly kind: 'view'; readonly offset: number }
  | { readonly kind: 'loops'; readonly loops: readonly Loop[] };

export interface Node {
  /** Increases in the order of computation. */
  readonly id: number;
  readonly op: string;
  /** The op's parameters, as plain data; undefined if it has none. */
  readonly params: unknown;
  readonly shape: readonly number[];
  readonly size: number;
  readonly definition: Definition;
  readonly inputs: readonly Node[];
}

/** Collects nodes. Equal nodes become one. */
export class Graph {
  readonly nodes: Node[] = [];
  /** Whether the function has returned. */
  isTraced = false;
  /** Known elements: maps a node to another node that holds the same elements. */
  readonly known: Map<Node, Node> = new Map();
  readonly #shared = new Map<string, Node>();

  #add(
    op: string,
    params: unknown,
    shape: readonly number[],
    definition: Definition,
    inputs: readonly Node[],
  ): Node {
    const node = { id: this.nodes.length, op, params, shape, size: sizeOf(shape), definition, inputs };
    this.nodes.push(node);
    return node;
  }

  input(position: number, shape: readonly number[]): Node {
    return this.#add('input', undefined, shape, { kind: 'input', position }, []);
  }

  constant(shape: readonly number[], values: Float32Array): Node {
    // Single numbers are compared by value. Other constants are equal if they share an array.
    const key = values.length === 1 ? dataKey(values[0]) : `#${identityOf(values)}`;
    return this.#share(key, 'constant', undefined, shape, [], () => ({ kind: 'constant', values }));
  }

  /** Returns the node of an op. Equal ops with equal inputs and parameters share a node. */
  op(
    op: { readonly name: string },
    params: unknown,
    shape: readonly number[],
    inputs: readonly Node[],
    define: () => Definition,
  ): Node {
    const key = `${identityOf(op)} ${inputs.map(({ id }) => id).join()} ${dataKey(params)}`;
    return this.#share(key, op.name, params, shape, inputs, define);
  }

  /** Returns the node with this op, key and shape; adds it if it is new. */
  #share(
    key: string,
    op: string,
    params: unknown,
    shape: readonly number[],
    inputs: readonly Node[],
    define: () => Definition,
  ): Node {
    const whole = `${op} ${shape.join()} ${key}`;
    let node = this.#shared.get(whole);
    if (node === undefined) {
      node = this.#add(op, params, shape, define(), inputs);
      this.#shared.set(whole, node);
    }
    return node;
  }
}

/** Returns the nodes that `outputs` depend on, in the order of computation. */
export const reachable = (outputs: readonly Node[]): Node[] => {
  const found = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) pending.push(input);
  }
  return [...found].sort((a, b) => a.id - b.id);
};

/** Returns `outputs`, computed with the value of each key of `replacements` instead of the key. */
export const replaceNodes = (
  outputs: readonly Node[],
  replacements: ReadonlyMap<Node, Node>,
): readonly Node[] => {
  if (replacements.size === 0) return outputs;
  const replaced = new Map(replacements);
  for (const node of reachable(outputs)) {
    if (replaced.has(node) || !node.inputs.some((input) => replaced.has(input))) continue;
    replaced.set(node, { ...node, inputs: node.inputs.map((input) => replaced.get(input) ?? input) });
  }
  return outputs.map((output) => replaced.get(output) ?? output);
};

/**
 * Follows a chain of views to the node with memory.
 *
 * Returns that node, and the offset in it where the view starts.
 */
export const baseOf = (node: Node): { readonly node: Node; readonly offset: number } => {
  let base = node;
  let offset = 0;
  for (; base.definition.kind === 'view'; [base] = base.inputs) offset += base.definition.offset;
  return { node: base, offset };
};
