/** A computation as a graph of loops, before it is compiled: what jit records. */
import { dataKey, identityOf } from '../base/data-key.ts';
import { sizeOf } from '../base/shape.ts';
import type { Loop } from './loops.ts';

export type Definition =
  | { readonly kind: 'input'; readonly position: number }
  | { readonly kind: 'constant'; readonly values: Float32Array }
  /** A contiguous part of its input, from `offset` on. */
  | { readonly kind: 'view'; readonly offset: number }
  | { readonly kind: 'loops'; readonly loops: readonly Loop[] };

export interface Node {
  /** Ascending in the order of computation. */
  readonly id: number;
  readonly op: string;
  /** The op's parameters, as plain data; undefined if it has none. */
  readonly params: unknown;
  readonly shape: readonly number[];
  readonly size: number;
  readonly definition: Definition;
  readonly inputs: readonly Node[];
}

/** Collects nodes; equal ones become one. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly #known = new Map<string, Node>();
  readonly #constants = new Map<Float32Array | string, Map<string, Node>>();

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
    // Numbers are the same if their bits are: -0 is not 0. Arrays are shared by tensors of several shapes.
    const value = Object.is(values[0], -0) ? '-0' : values[0];
    const key = values.length === 1 ? String(value) : values;
    const ofShape = shape.join();
    let nodes = this.#constants.get(key);
    if (nodes === undefined) this.#constants.set(key, (nodes = new Map()));
    let node = nodes.get(ofShape);
    if (node === undefined) {
      node = this.#add('constant', undefined, shape, { kind: 'constant', values }, []);
      nodes.set(ofShape, node);
    }
    return node;
  }

  /** The node of an op. Equal ops of equal inputs and parameters share one. */
  op(
    op: { readonly name: string },
    params: unknown,
    shape: readonly number[],
    inputs: readonly Node[],
    define: () => Definition,
  ): Node {
    const key = `${identityOf(op)} ${inputs.map(({ id }) => id).join()} ${shape.join()} ${dataKey(params)}`;
    let node = this.#known.get(key);
    if (node === undefined) {
      node = this.#add(op.name, params, shape, define(), inputs);
      this.#known.set(key, node);
    }
    return node;
  }
}

/** The nodes that `outputs` depend on, in the order of computation. */
export const reachable = (outputs: readonly Node[]): Node[] => {
  const found = new Set<Node>();
  const open = [...outputs];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) open.push(input);
  }
  return [...found].sort((a, b) => a.id - b.id);
};

/** The node whose memory a chain of views shows, and where it starts in it. */
export const baseOf = (node: Node): { readonly node: Node; readonly offset: number } => {
  let base = node;
  let offset = 0;
  for (; base.definition.kind === 'view'; [base] = base.inputs) offset += base.definition.offset;
  return { node: base, offset };
};
