/** A computation as a graph of loops, before it is compiled: what jit records. */
import { sizeOf } from '../base/shape.ts';
import { type Loop } from './loops.ts';

export type Definition =
  | { readonly kind: 'input'; readonly position: number }
  | { readonly kind: 'constant'; readonly values: Float32Array }
  /** A contiguous part of its input, from `offset` on. */
  | { readonly kind: 'view'; readonly offset: number }
  | { readonly kind: 'loops'; readonly loops: readonly Loop[] };

export interface Node {
  /** Ascending in the order of computation. */
  readonly id: number;
  /** The op's name. */
  readonly name: string;
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

  #add(name: string, shape: readonly number[], definition: Definition, inputs: readonly Node[]): Node {
    const node = { id: this.nodes.length, name, shape, size: sizeOf(shape), definition, inputs };
    this.nodes.push(node);
    return node;
  }

  input(position: number, shape: readonly number[]): Node {
    return this.#add('input', shape, { kind: 'input', position }, []);
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
      node = this.#add('constant', shape, { kind: 'constant', values }, []);
      nodes.set(ofShape, node);
    }
    return node;
  }

  /** The node of an op; `key` is the same for ops that compute the same from the same inputs. */
  op(
    key: string,
    name: string,
    shape: readonly number[],
    inputs: readonly Node[],
    define: () => Definition,
  ): Node {
    const whole = `${key} ${inputs.map(({ id }) => id).join()} ${shape.join()}`;
    let node = this.#known.get(whole);
    if (node === undefined) {
      node = this.#add(name, shape, define(), inputs);
      this.#known.set(whole, node);
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
