/** Recording what a function computes: ops on tensors whose elements are not known become nodes of a graph. */
import { execute } from '../runtime/execute.ts';
import type { Graph, Node } from '../compiler/graph.ts';
import type { Loop } from '../compiler/loops.ts';
import { eager, type Interpreter, loopsOf, Traced } from '../core/primitive.ts';
import { sizeOf } from '../base/shape.ts';
import type { Storage, Tensor } from '../core/tensor.ts';

/** A tensor of a function that is being compiled. */
export class TracedValue extends Traced {
  readonly node: Node;
  readonly graph: Graph;

  constructor(graph: Graph, node: Node, name: string) {
    super(
      node.size,
      `a value that is not known while ${name} is compiled`,
      'use where() instead of branching on it, return it to read it, or compute it outside',
    );
    this.graph = graph;
    this.node = node;
  }
}

const primitiveNumbers = new WeakMap<object, number>();
let nextPrimitiveNumber = 0;
const numberOf = (primitive: object): number => {
  let number = primitiveNumbers.get(primitive);
  if (number === undefined) primitiveNumbers.set(primitive, (number = nextPrimitiveNumber++));
  return number;
};

/** Results of known elements are computed while tracing if they have at most so many elements. */
const FOLDED = 256;

/** A loop whose result does not depend on any element. */
const isVacuous = (loop: Loop): boolean => loop.kind === 'reduce' && sizeOf(loop.sizes) === 0;

/** Adds a node to the graph for every op, under the name of the function that is compiled. */
export const tracing =
  (graph: Graph, name: string): Interpreter =>
  (primitive, inputs, attrs, shape) => {
    const isKnown = inputs.every(({ source }) => !(source instanceof Traced));
    const size = sizeOf(shape);
    if (isKnown && (size <= FOLDED || 'view' in primitive)) return eager(primitive, inputs, attrs, shape);
    if (size === 0) return new Float32Array(0);
    const nodes = inputs.map((input) => nodeOf(graph, input));
    const shapes = inputs.map((input) => input.shape);
    const loops = 'view' in primitive ? undefined : loopsOf(primitive, shapes, attrs, shape);
    if (loops?.some(isVacuous)) return execute(loops, [], size);
    const key = `${numberOf(primitive)} ${JSON.stringify(attrs)}`;
    const node = graph.op(key, primitive.name, shape, nodes, () =>
      'view' in primitive
        ? { kind: 'view', offset: primitive.view(shapes[0], attrs) }
        : { kind: 'loops', loops: loops ?? [] },
    );
    return new TracedValue(graph, node, name);
  };

/** The node of a tensor: its own, or a constant. */
export const nodeOf = (graph: Graph, x: Tensor): Node => {
  const { shape, source } = x;
  if (!(source instanceof TracedValue)) return graph.constant(shape, asFloat32(x.read('jit')));
  if (source.graph !== graph) source.read();
  return source.node;
};

const asFloat32 = (elements: Storage): Float32Array =>
  elements instanceof Float32Array ? elements : Float32Array.from(elements);
